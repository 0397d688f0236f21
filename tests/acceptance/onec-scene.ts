/** What acceptance tests over a simulated 1C share: the connection to it, what somebody does in 1C itself, and a partner that can be made to wait. */
import { type Row, textOf } from '../../demo/onec/row.ts';
import type { Onec } from '../../demo/onec/server.ts';
import type { HeldRemote } from './two-nodes.ts';

/** `properties` are more of the connection's, beginning with a comma. */
export const onecConnection = ({ url }: Pick<Onec, 'url'>, properties = '', name = 'trade'): string => `---
kind: Connection
name: ${name}
type: odata
properties: {url: "${url}"${properties}}
allow: [loopback]
`;

/** The route `ask`, over which a scenario waits for as long as a test wants. */
export const partnerToAsk = ({ url }: HeldRemote): string => `---
kind: Connection
name: partner
type: http-out
properties: {url: "${url}", auth: none}
allow: [loopback]
---
kind: Route
name: ask
connection: partner
operation: call
properties: {method: POST, path: /ask}
onUnknown: repeat
request: {text: string}
response: {ok: boolean}
`;

export const rowsIn = ({ base }: Onec, set: string): Row[] => [...base.rows(set)];

export const keysIn = (onec: Onec, set: string): string[] => rowsIn(onec, set).map((row) => textOf(row['Ref_Key'])).sort();

/** Somebody changes an item in 1C itself. */
export function changeIn(onec: Onec, set: string, place: number, Description: string): void {
  const row = rowsIn(onec, set)[place];
  if (row === undefined) throw new Error(`${set} has no row ${place}`);
  onec.base.write(set, { ...row, Description, DataVersion: onec.base.nextVersion() });
}
