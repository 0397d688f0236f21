/** Finds out who signed a request. Keys are remembered for a minute, as passwords and tokens are. */
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { SecretVault } from '../core/secret-vault.ts';
import { signingKeyField, type SigningKey, type SigningKeyDirectory } from '../core/signing-key.ts';
import type { Account } from '../core/account.ts';
import { isSignatureGood, parseSigned, signedAt, type Signed, type SignedRequest } from './signature.ts';
import type { SignInGuard } from './sign-in-guard.ts';

export interface SignedBy {
  account: Account;
  signed: Signed;
}

export interface SignedSignInParts {
  keys: SigningKeyDirectory;
  vault: SecretVault;
  guard: SignInGuard;
  clock: Clock;
  log: Log;
}

interface Known {
  account: Account;
  key: SigningKey;
  secret: Uint8Array;
  until: number;
}

export class SignedSignIn {
  readonly #parts: SignedSignInParts;
  #known = new Map<string, Known>();

  constructor(parts: SignedSignInParts) {
    this.#parts = parts;
  }

  forget(): void {
    this.#known = new Map();
  }

  /** Throws `access.unauthenticated`, `access.signatureDate`, `access.keyExpired` or `access.slowDown`; the body is not looked at. */
  async by(authorization: string, request: SignedRequest, from: { address: string; hosts: readonly string[]; pathOnly: boolean }): Promise<SignedBy> {
    const signed = parseSigned(authorization);
    if (signed === null) throw failure('access.unauthenticated');
    const { clock } = this.#parts;
    const known = await this.#proven(signed, request, from);
    const at = signedAt(request.headers);
    if (at === null || Math.abs(clock.wallMs() - at) > limits.signatureSkewMs.value) {
      throw failure('access.signatureDate', { date: String(request.headers['x-ms-date'] ?? '').slice(0, 40), now: new Date(clock.wallMs()).toUTCString(), minutes: limits.signatureSkewMs.value / 60_000 });
    }
    if (Date.parse(known.key.expiresAt) <= clock.wallMs()) throw failure('access.keyExpired', { key: known.key.name, at: known.key.expiresAt });
    return { account: known.account, signed };
  }

  /** A good signature under a key that is remembered for this sender is not looked up; all others are attempts. */
  async #proven(signed: Signed, request: SignedRequest, from: { address: string; hosts: readonly string[]; pathOnly: boolean }): Promise<Known> {
    const { clock, guard } = this.#parts;
    // Without a key the work is the same, so that credentials cannot be guessed by time.
    const isGood = (known: Known | null): known is Known => isSignatureGood(signed, request, known?.secret ?? noSecret, from.hosts, from.pathOnly) && known !== null;
    const place = `${from.address} ${signed.credential}`;
    const remembered = this.#known.get(place);
    if (remembered !== undefined && remembered.until > clock.monotonicMs() && isGood(remembered)) return remembered;
    const memory = this.#known;
    const found = await guard.attempt({ name: signed.credential, address: from.address }, async () => {
      const known = await this.#key(signed.credential);
      return isGood(known) ? known : null;
    });
    if (found === null) throw failure('access.unauthenticated');
    if (memory.size >= limits.rememberedSignIns.value) memory.clear();
    memory.set(place, found);
    return found;
  }

  async #key(credential: string): Promise<Known | null> {
    const { clock, keys, vault, log } = this.#parts;
    const found = await keys.byCredential(credential);
    if (found === null) return null;
    const secret = Buffer.from(await vault.unseal(signingKeyField(credential), found.sealed), 'base64');
    const known: Known = { account: found.account, key: found.key, secret, until: clock.monotonicMs() + limits.signInRememberedMs.value };
    void keys.touch(found.key.id).catch((error: unknown) => log.warn('access.touch', { error: String(error) }));
    return known;
  }
}

const noSecret = new Uint8Array(32);
