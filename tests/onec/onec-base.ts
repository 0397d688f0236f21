/** A simulated 1C in this process, for tests of the connector and of whole platforms. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Client as OnecClient, Client, ownMetadata, startQuick } from '../../demo/onec/testing/client.ts';
import type { Onec, OnecOptions } from '../../demo/onec/server.ts';
export { instantPace } from '../../demo/onec/pace.ts';
import definition from '../../src/connectors/odata/index.ts';
import type { Dossier, OpenConnection, Receipt, Value, ValueObject } from '../../src/sdk/index.ts';
import { callOf, contextOf, keepLog, sendOnce, type KeptLog, type Sample } from '../../src/sdk/testing/context.ts';

/** The genuine description of 94 sets beside a checkout; absent for most. */
const realFile = fileURLToPath(new URL('../../../shared/contracts/1c/1c-real-metadata-trimmed-94sets.edmx.xml', import.meta.url));

export const noRealMetadata = `no ${realFile} here`;
export const realMetadata = (): string | undefined => (existsSync(realFile) ? readFileSync(realFile, 'utf8').replace(/^\uFEFF/, '') : undefined);

export { ownMetadata };

export interface OnecBase extends AsyncDisposable {
  onec: Onec;
  /** Looks into the base without the connector. */
  client: OnecClient;
  /** What the connection of `send` has logged. */
  log: KeptLog;
  /** One call over a connection that stays open; the answer of a call that must go well. */
  ask(operation: string, properties: Sample['properties'], request?: Value): Promise<ValueObject>;
  send(operation: string, properties: Sample['properties'], request?: Value): Promise<Receipt>;
  /** A connection of its own. */
  open(properties?: Readonly<Record<string, unknown>>, dossier?: Dossier): OpenConnection;
}

/** Waits for nothing and asks nobody who he is, unless told. */
export async function startOnecBase(options: Partial<OnecOptions> = {}, connection: Readonly<Record<string, unknown>> = {}): Promise<OnecBase> {
  const onec = await startQuick(options);
  const log = keepLog();
  const open = (properties: Readonly<Record<string, unknown>> = {}, dossier?: Dossier): OpenConnection =>
    definition.open({ ...contextOf(definition, { url: onec.url, ...connection, ...properties }, { name: 'base', log }), ...(dossier === undefined ? {} : { dossier }) });
  const opened = open();
  const send = (operation: string, properties: Sample['properties'], request: Value = {}): Promise<Receipt> => sendOnce(opened, callOf({ operation, properties, request }));
  return {
    onec, client: new Client(onec), log, open, send,
    async ask(operation, properties, request) {
      const receipt = await send(operation, properties, request);
      if (receipt.kind === 'error') throw receipt.failure;
      // Every operation of this connector answers with an object.
      return receipt.response as ValueObject;
    },
    async [Symbol.asyncDispose]() {
      await opened.close();
      await onec.close();
    },
  };
}
