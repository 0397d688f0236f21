import { describe } from 'vitest';
import type { Service } from './service.ts';
import type { FoundService } from './start-service.ts';

/** Real servers share the machine with everything else. */
const SERVICE_TEST_MS = 60_000;

/** A group of tests over a service; without one the group is skipped and its title says why. The caller stops the service. */
export function describeWith(title: string, found: FoundService, tests: (service: Service) => void): void {
  const { service } = found;
  if (service === undefined) {
    describe.skip(`${title} (skipped: ${found.reason})`, () => undefined);
  } else {
    describe(title, { timeout: SERVICE_TEST_MS }, () => {
      tests(service);
    });
  }
}
