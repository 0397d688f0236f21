/** The kinds of service that tests can have: one file and one row each. They are loaded when asked for, because each brings its own driver. */
import type { ServiceDefinition } from './service.ts';

export const kinds = {
  postgres: () => import('./postgres.ts'),
  odatapy: () => import('./odatapy.ts'),
  ntlm: () => import('./ntlm.ts'),
  sapMockServer: () => import('./sap-mock-server.ts'),
} satisfies Record<string, () => Promise<{ readonly definition: ServiceDefinition }>>;

export type ServiceKind = keyof typeof kinds;
