/** How many calls of the REST API one caller, and one address, may make: counted by each node for itself. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';

export interface RateSettings {
  /** Calls a second, on average over the window; 0 counts nothing. */
  callerPerSecond: number;
  addressPerSecond: number;
}

export interface RateLimits {
  /** Before anybody knows who calls. Throws `http.tooManyCalls`. */
  address(ip: string): Promise<void>;
  /** Returns the headers that tell how much is left. Throws `http.tooManyCalls`. */
  caller(id: string): Promise<Readonly<Record<string, string>>>;
}

export function createRateLimits({ callerPerSecond, addressPerSecond }: RateSettings): RateLimits {
  const callers = limiter(callerPerSecond);
  const addresses = limiter(addressPerSecond);
  return {
    async address(ip) {
      if (addresses !== null) await take(addresses, ip, 'address');
    },
    async caller(id): Promise<Readonly<Record<string, string>>> {
      if (callers === null) return {};
      const { remainingPoints, msBeforeNext } = await take(callers, id, 'caller');
      return { 'ratelimit-policy': `"caller";q=${callers.points};w=${callers.duration}`, ratelimit: `"caller";r=${remainingPoints};t=${seconds(msBeforeNext)}` };
    },
  };
}

const limiter = (perSecond: number): RateLimiterMemory | null =>
  perSecond === 0 ? null : new RateLimiterMemory({ points: perSecond * windowSeconds, duration: windowSeconds });

/** Long enough for a page that loads many things at once, short enough that nobody waits long. */
const windowSeconds = limits.rateWindowMs.value / 1_000;

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));

async function take(counter: RateLimiterMemory, key: string, whose: 'address' | 'caller'): Promise<RateLimiterRes> {
  try {
    return await counter.consume(key);
  } catch (error) {
    // The package rejects with what is left, not with an error.
    if (!(error instanceof RateLimiterRes)) throw error;
    throw failure('http.tooManyCalls', { whose, most: counter.points, seconds: counter.duration }, { next: { kind: 'retryAfter', ms: error.msBeforeNext } });
  }
}
