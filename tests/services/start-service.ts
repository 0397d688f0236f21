/** Starts a real server of a kind and hands out what a test needs to reach it. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { reapOrphans } from './guarded-process.ts';
import { kinds, type ServiceKind } from './kinds.ts';
import { Unavailable, type Service, type ServiceDefinition, type ServiceRequest, type ServiceSource, type StartedService } from './service.ts';
import { testFolder } from './test-folder.ts';

export interface ServiceOptions {
  /** Passed to the server, in its own words. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Only these; all of the kind unless told. */
  readonly sources?: readonly ServiceSource[];
}

/** Rejects with `Unavailable`, naming what every source lacks. */
export async function startService(kind: ServiceKind, options: ServiceOptions = {}): Promise<Service> {
  const { definition } = await kinds[kind]();
  const services = join(testFolder(), 'services');
  await mkdir(services, { recursive: true, mode: 0o711 });
  await reapOrphans(services);
  return startFromFirst(definition, services, options);
}

export type FoundService = { readonly service: Service; readonly reason?: undefined } | { readonly service?: undefined; readonly reason: string };

/**
 * For tests that cannot do without: `const found = await serviceOrSkip('postgres')`, then `describeWith('postgres', found, …)`.
 * Only unavailability skips; a server that is there and does not start is an error.
 */
export async function serviceOrSkip(kind: ServiceKind, options: ServiceOptions = {}): Promise<FoundService> {
  try {
    return { service: await startService(kind, options) };
  } catch (cause) {
    if (cause instanceof Unavailable) return { reason: cause.message };
    throw cause;
  }
}

async function startFromFirst(definition: ServiceDefinition, services: string, { settings = {}, signal, sources }: ServiceOptions): Promise<Service> {
  const reasons: string[] = [];
  for (const starter of definition.sources) {
    const { source } = starter;
    if (sources?.includes(source) === false) continue;
    const id = `${definition.kind}-${randomUUID().slice(0, 8)}`;
    const request: ServiceRequest = { id, folder: join(services, id), settings, signal: signal ?? new AbortController().signal };
    try {
      await mkdir(request.folder, { mode: 0o711 });
      return completed(definition.kind, source, request, await starter.start(request));
    } catch (cause) {
      await rm(request.folder, { recursive: true, force: true });
      if (!(cause instanceof Unavailable)) throw cause;
      reasons.push(`${source}: ${cause.message}`);
    }
  }
  throw new Unavailable(`no ${definition.kind} can be had (${reasons.join('; ')})`);
}

function completed(kind: string, source: Service['source'], { id, folder }: ServiceRequest, started: StartedService): Service {
  const stop = async (): Promise<void> => {
    await started.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  return { ...started, id, kind, source, stop, [Symbol.asyncDispose]: stop };
}
