/** The one way out: the address that was checked is the address dialled, and nothing is resolved twice. */
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Failure, failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { GuardedKind } from '../core/guarded-kinds.ts';
import { embeddedIpv4, hasPrefix, kindsOf, parseAddress, readHost, type Address } from './address.ts';

export type { GuardedKind };

export interface DialTarget {
  host: string;
  port: number;
  tls?: TlsOptions;
  /** Resolution, TCP and TLS together; `limits.connectTimeoutMs` unless told. */
  timeoutMs?: number;
}

export interface TlsOptions {
  /** The name in the certificate, when it is not the host. */
  servername?: string;
  ca?: string;
  rejectUnauthorized?: boolean;
}

export interface Dialer {
  /**
   * Resolves, checks and connects a TCP socket (TLS when `tls` is given, with the name passed on).
   * Throws a Failure that names the address, or the signal's reason.
   */
  dial(target: DialTarget, signal?: AbortSignal): Promise<Socket>;
  /** The addresses that `dial` would try, checked; for the first stage of a check. */
  resolve(host: string, signal?: AbortSignal): Promise<readonly string[]>;
}

export interface DialerOptions {
  /** System name of the connection, for messages. */
  connection: string;
  /** Guarded kinds that this connection may reach. */
  allow?: readonly GuardedKind[];
  /** Addresses and CIDR ranges that no connection may reach. */
  deny?: readonly string[];
  /** Resolves a name to addresses; the system's resolver unless told. */
  resolve?: (name: string, signal: AbortSignal) => Promise<readonly string[]>;
}

export function createDialer(options: DialerOptions): Dialer {
  const { connection } = options;
  const rules = (options.deny ?? []).map((text) => parseRule(connection, text));
  const resolveName = options.resolve ?? systemResolve;

  async function addressesOf(host: string, signal: AbortSignal): Promise<readonly Address[]> {
    const read = readHost(host);
    if (read.kind === 'invalid') throw failure('connection.addressInvalid', { connection, address: host.slice(0, 100) });
    const found = read.kind === 'address' ? [read.address] : await lookUp(read.name, signal);
    // One forbidden answer refuses all of them: a name that is half ours and half theirs is an attack or a mistake.
    for (const address of found) check(address);
    return found;
  }

  async function lookUp(name: string, signal: AbortSignal): Promise<readonly Address[]> {
    const texts = await rejectOnAbort(resolveName(name, signal), signal).catch((error: unknown) => {
      if (signal.aborted || error instanceof Failure) throw error;
      throw failure('connection.dnsFailed', { connection, host: name, detail: codeOf(error) }, { cause: error });
    });
    if (texts.length === 0 || texts.length > limits.resolvedAddresses.value) {
      throw failure('connection.dnsFailed', { connection, host: name, detail: `${texts.length} addresses` });
    }
    return texts.map((text) => parseAddress(text) ?? raise(failure('connection.dnsFailed', { connection, host: name, detail: `answer ${text.slice(0, 50)}` })));
  }

  function check(address: Address): void {
    const kind = kindsOf(address.bytes).find((each) => options.allow?.includes(each) !== true);
    if (kind !== undefined) throw failure('connection.addressForbidden', { connection, address: address.text, kind });
    const inside = address.bytes.length === 16 ? embeddedIpv4(address.bytes) : undefined;
    const rule = rules.find((each) => hasPrefix(address.bytes, each.bytes, each.bits) || (inside !== undefined && hasPrefix(inside, each.bytes, each.bits)));
    if (rule !== undefined) throw failure('connection.addressDenied', { connection, address: address.text, rule: rule.text });
  }

  async function connectFirst(addresses: readonly Address[], target: DialTarget, deadline: Deadline): Promise<Socket> {
    let last: unknown;
    for (const [index, address] of addresses.entries()) {
      // A dead first address must leave time for the second.
      const share = deadline.share(addresses.length - index);
      try {
        return await openTcp(address.text, target.port, share);
      } catch (error) {
        deadline.throwIfOver();
        last = error;
      }
    }
    throw socketFailure(connection, addressText(target), last, deadline.ms);
  }

  return {
    async dial(target, signal) {
      if (!Number.isInteger(target.port) || target.port < 1 || target.port > 65535) throw failure('connection.addressInvalid', { connection, address: addressText(target) });
      const ms = target.timeoutMs ?? limits.connectTimeoutMs.value;
      const deadline = startDeadline(ms, signal, () => failure('connection.timeout', { connection, address: addressText(target), ms }));
      const addresses = await addressesOf(target.host, deadline.signal).catch((error: unknown) => deadline.rethrow(error));
      const socket = await connectFirst(addresses, target, deadline);
      socket.setNoDelay(true).setKeepAlive(true, 30_000);
      if (target.tls === undefined) return socket;
      socket.on('error', () => undefined); // reported by the TLS socket above it
      return openTls(socket, target.host, target.tls, deadline.signal).catch((error: unknown) => {
        socket.destroy();
        deadline.throwIfOver();
        throw failure('connection.tlsFailed', { connection, address: addressText(target), detail: tlsDetail(error) }, { cause: error });
      });
    },
    async resolve(host, signal) {
      const ms = limits.connectTimeoutMs.value;
      const deadline = startDeadline(ms, signal, () => failure('connection.timeout', { connection, address: host, ms }));
      return (await addressesOf(host, deadline.signal).catch((error: unknown) => deadline.rethrow(error))).map((address) => address.text);
    },
  };
}

interface Deadline {
  ms: number;
  signal: AbortSignal;
  /** A signal that also fires when this attempt has used its share of the time. */
  share(attempts: number): AbortSignal;
  throwIfOver(): void;
  rethrow(error: unknown): never;
}

function startDeadline(ms: number, caller: AbortSignal | undefined, late: () => Failure): Deadline {
  caller?.throwIfAborted();
  const timeout = AbortSignal.timeout(ms);
  const signal = caller === undefined ? timeout : AbortSignal.any([caller, timeout]);
  const throwIfOver = (): void => {
    caller?.throwIfAborted();
    if (timeout.aborted) throw late();
  };
  return {
    ms, signal, throwIfOver,
    share: (attempts) => (attempts === 1 ? signal : AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(ms / attempts))])),
    rethrow: (error) => {
      throwIfOver();
      throw error;
    },
  };
}

function openTcp(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connectTcp({ host, port });
    const settle = waitFor(socket, 'connect', signal, () => resolve(socket), reject);
    socket.once('error', settle);
  });
}

function openTls(socket: Socket, host: string, tls: TlsOptions, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const name = host.replace(/^\[|\]$/g, '');
    const servername = tls.servername ?? (isIP(name) === 0 ? name : undefined);
    const { ca, rejectUnauthorized } = tls;
    const secure = connectTls({ socket, host: name, ...(servername === undefined ? {} : { servername }), ...(ca === undefined ? {} : { ca }), rejectUnauthorized: rejectUnauthorized ?? true });
    const settle = waitFor(secure, 'secureConnect', signal, () => resolve(secure), reject);
    secure.once('error', settle);
    secure.once('close', () => settle(new Error('closed during the handshake')));
  });
}

/** Resolves once on the event, or destroys the socket and rejects on error or abort. Returns the rejection. */
function waitFor(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal, done: () => void, reject: (error: unknown) => void): (error: unknown) => void {
  const fail = (error: unknown): void => {
    signal.removeEventListener('abort', aborted);
    socket.removeListener(event, succeed);
    // A late error of a socket that nobody owns any more must not crash the process.
    socket.on('error', () => undefined);
    socket.destroy();
    reject(error);
  };
  const aborted = (): void => fail(signal.reason);
  const succeed = (): void => {
    signal.removeEventListener('abort', aborted);
    socket.removeListener('error', fail);
    done();
  };
  signal.addEventListener('abort', aborted, { once: true });
  socket.once(event, succeed);
  return fail;
}

async function systemResolve(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true, verbatim: true })).map((each) => each.address);
}

function rejectOnAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}

/** The Failure for a socket that could not be opened. */
function socketFailure(connection: string, address: string, cause: unknown, ms: number): Failure {
  const code = codeOf(cause);
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return failure('connection.refused', { connection, address }, { cause });
  if (code === 'ETIMEDOUT' || code === 'TimeoutError') return failure('connection.timeout', { connection, address, ms }, { cause });
  return failure('connection.unreachable', { connection, address, detail: code }, { cause });
}

interface Rule {
  text: string;
  bytes: Uint8Array;
  bits: number;
}

function parseRule(connection: string, text: string): Rule {
  const [base = '', length] = text.split('/', 2);
  const address = parseAddress(base);
  const bits = length === undefined ? (address?.bytes.length ?? 0) * 8 : Number(length);
  if (address === undefined || !Number.isInteger(bits) || bits < 0 || bits > address.bytes.length * 8 || length === '') {
    throw failure('connection.addressInvalid', { connection, address: text });
  }
  return { text, bytes: address.bytes, bits };
}

export const addressText = (target: { host: string; port: number }): string =>
  target.host.includes(':') && !target.host.startsWith('[') ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`;

/** Certificates fail with a code (`CERT_HAS_EXPIRED`); a server that speaks no TLS fails with a long OpenSSL line. */
function tlsDetail(error: unknown): string {
  const code = codeOf(error);
  return code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'EPROTO' ? `${code}: the server does not speak TLS here` : code;
}

function codeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? (error.name === 'Error' ? error.message : error.name) : String(error);
}

function raise(error: Failure): never {
  throw error;
}
