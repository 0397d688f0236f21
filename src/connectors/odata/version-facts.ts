/** The versions of the other side, each with how it was learnt. */
import type { Learnt } from './capabilities.ts';
import { askPlatformVersion, provenVersion } from './platform-version.ts';
import type { ServiceContext } from './service-context.ts';
import type { Described, ServiceAnswer } from './service.ts';
import { compareVersions, isVersion } from './version.ts';

export interface Seen {
  /** Of the reading of a set, where one could be read. */
  answer: ServiceAnswer | undefined;
  /** The format that the connection reads in was refused as such. */
  formatRefused: boolean;
}

export async function versionFacts(context: ServiceContext, described: Described, seen: Seen, signal: AbortSignal): Promise<readonly Learnt[]> {
  const protocol = protocolFact(described, seen);
  return described.dialect === '1c' ? [protocol, await platformFact(context, seen, signal)] : [protocol];
}

/** A description may be of an older version than the answers: services keep it for old clients. */
function protocolFact({ model }: Described, { answer }: Seen): Learnt {
  const { headers = {} } = answer?.http ?? {};
  const shown = (headers['odata-version'] ?? headers['dataserviceversion'] ?? '').split(';', 1)[0]?.trim() ?? '';
  const declared = isVersion(model.version) ? model.version : null;
  if (isVersion(shown) && (declared === null || compareVersions(shown, declared) > 0)) return { name: 'protocolVersion', value: shown, learned: 'probed' };
  return { name: 'protocolVersion', value: declared, learned: declared === null ? 'probed' : 'declared' };
}

/** What the connection says, what the web client says, or at least what the answers prove. */
async function platformFact(context: ServiceContext, { answer, formatRefused }: Seen, signal: AbortSignal): Promise<Learnt> {
  const { platformVersion } = context.properties;
  if (platformVersion !== undefined) return { name: 'platformVersion', value: platformVersion, learned: 'configured' };
  const told = await askPlatformVersion(context, signal);
  const json = answer !== undefined && /\bjson\b/i.test(answer.http.headers['content-type'] ?? '');
  return { name: 'platformVersion', value: told ?? provenVersion(json ? 'answered' : formatRefused && context.properties.format === 'json' ? 'refused' : 'unknown'), learned: 'probed' };
}
