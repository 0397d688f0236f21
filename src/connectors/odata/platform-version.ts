/**
 * The version of the 1C platform. OData does not tell it: neither its headers nor its description do. The web client does,
 * which is published beside it as a rule: the page it begins with names the version in the addresses of its parts.
 */
import { Failure, readUrl } from '../../sdk/index.ts';
import { asRead } from './as-read.ts';
import type { ServiceContext } from './service-context.ts';
import { createServicePort } from './service-port.ts';
import { orNewer, type VersionText } from './version.ts';

/** Since when there is OData, and since when it speaks JSON. */
export const onecFloors = { odata: '8.3.5', json: '8.3.6' } as const;

/** Undefined where the web client is not published, or says nothing. */
export async function askPlatformVersion(context: ServiceContext, signal: AbortSignal): Promise<string | undefined> {
  const page = publicationOf(readUrl(context.name, context.properties.url));
  // Apart from the service's own requests: its sessions are none of the web client's.
  const port = createServicePort(context);
  const { timeoutMs } = context.properties;
  try {
    const { status, body } = await asRead(context, page, timeoutMs, signal, () => port.request({ method: 'GET', url: page, timeoutMs, headers: { accept: 'text/html', 'user-agent': 'Zveno' } }, signal));
    return status === 200 ? versionIn(new TextDecoder('latin1').decode(body)) : undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) return undefined; // a question on the side: the service itself is asked elsewhere
    throw error;
  } finally {
    await port.close();
  }
}

/** Of a page of the web client. */
export const versionIn = (page: string): string | undefined => /[?&;]sysver=(\d{1,3}(?:\.\d{1,5}){3})(?![\d.])/.exec(page)?.[1];

const publicationOf = (root: URL): string => `${root.origin}${root.pathname.replace(/\/odata\/standard\.odata\/*$/i, '').replace(/\/+$/, '')}/`;

/** What its answers prove. One that has OData and no JSON is of the release between. */
export function provenVersion(json: 'answered' | 'refused' | 'unknown'): VersionText {
  switch (json) {
    case 'answered': return orNewer(onecFloors.json);
    case 'refused': return onecFloors.odata;
    case 'unknown': return orNewer(onecFloors.odata);
  }
}
