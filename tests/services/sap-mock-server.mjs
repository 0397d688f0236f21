/**
 * SAP's mock server over descriptions of services, each with data that it makes up, unless a folder of data is named behind the
 * description and a "|". Arguments: port, then pairs of path and file.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [, , library, port, ...pairs] = process.argv;
const { default: MockServer } = createRequire(join(library, 'node_modules', 'x'))('@sap-ux/fe-mockserver-core');
const services = [];
for (let at = 0; at < pairs.length; at += 2) {
  const [metadataPath, mockdataPath = ''] = pairs[at + 1].split('|');
  services.push({ urlPath: pairs[at], metadataPath, mockdataPath, generateMockData: mockdataPath === '', strictKeyMode: false, watch: false });
}
const server = new MockServer({ services, debug: false });
await server.isReady;
const router = server.getRouter();
createServer((request, response) => router(request, response, () => response.writeHead(404).end())).listen(Number(port), '127.0.0.1');
