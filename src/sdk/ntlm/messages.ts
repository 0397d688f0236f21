/**
 * The three messages of NTLM as MS-NLMP describes them, NTLMv2 alone: no answer of ours can be taken for one of the
 * older kinds, whatever the server asks for. Pure: time and chance come in.
 */
import { createHmac } from 'node:crypto';
import { md4 } from './md4.ts';

const signature = Buffer.from('NTLMSSP\0', 'latin1');

const flag = { unicode: 0x1, requestTarget: 0x4, ntlm: 0x200, alwaysSign: 0x8000, extendedSecurity: 0x8_0000, targetInfo: 0x80_0000, version: 0x200_0000, strong: 0x2000_0000 } as const;
const asked = flag.unicode | flag.requestTarget | flag.ntlm | flag.alwaysSign | flag.extendedSecurity | flag.targetInfo | flag.version | flag.strong;

/** Of Windows 10; servers look at nothing but its last byte. */
const version = Buffer.from([10, 0, 0x61, 0x4a, 0, 0, 0, 15]);

/** Members of the target information, by their numbers. */
const member = { end: 0, flags: 6, time: 7, targetName: 9, channelBindings: 10 } as const;

/** Says that the answer is protected against being altered on its way. */
const micPresent = 0x2;

export interface NtlmUser {
  /** Empty where the name has its domain in itself (`user@domain`). */
  domain: string;
  name: string;
}

/** `DOMAIN\user`, `user@domain` or `user`. */
export function ntlmUser(text: string): NtlmUser {
  const slash = text.indexOf('\\');
  return slash < 0 ? { domain: '', name: text } : { domain: text.slice(0, slash), name: text.slice(slash + 1) };
}

export function negotiateMessage(): Buffer {
  const message = Buffer.alloc(40);
  signature.copy(message);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(asked >>> 0, 12);
  version.copy(message, 32);
  return message;
}

export interface Challenge {
  server: Buffer;
  flags: number;
  /** Number and value, without the end. */
  targetInfo: readonly (readonly [id: number, value: Buffer])[];
}

/** Undefined for what is no challenge that NTLMv2 can answer. */
export function readChallenge(message: Buffer): Challenge | undefined {
  if (message.length < 48 || !message.subarray(0, 8).equals(signature) || message.readUInt32LE(8) !== 2) return undefined;
  const flags = message.readUInt32LE(20);
  if ((flags & flag.unicode) === 0 || (flags & flag.targetInfo) === 0) return undefined;
  const [length, offset] = [message.readUInt16LE(40), message.readUInt32LE(44)];
  if (offset + length > message.length) return undefined;
  const targetInfo = readMembers(message.subarray(offset, offset + length));
  return targetInfo === undefined ? undefined : { server: Buffer.from(message.subarray(24, 32)), flags, targetInfo };
}

function readMembers(bytes: Buffer): Challenge['targetInfo'] | undefined {
  const members: [number, Buffer][] = [];
  for (let at = 0; at + 4 <= bytes.length;) {
    const [id, length] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)];
    if (id === member.end) return members;
    if (at + 4 + length > bytes.length) return undefined;
    members.push([id, Buffer.from(bytes.subarray(at + 4, at + 4 + length))]);
    at += 4 + length;
  }
  return undefined;
}

export interface Answering {
  user: NtlmUser;
  password: string;
  challenge: Challenge;
  /** The messages that were exchanged, as they went. */
  negotiated: Buffer;
  challenged: Buffer;
  /** `HTTP/host`: whom the answer is for. */
  target: string;
  /** MD5 of the channel bindings of the TLS connection; sixteen zeros without one. */
  channelBindings: Buffer;
  /** Eight bytes of chance. */
  client: Buffer;
  nowMs: number;
}

export function authenticateMessage(answering: Answering): Buffer {
  const { user, challenge, negotiated, challenged } = answering;
  const { response, sessionKey } = ntlmv2(answering);
  const head = 88;
  // No answer of the old kind: zeros, as is right beside a time of the server.
  const fields = [Buffer.alloc(24), response, utf16(user.domain), utf16(user.name), Buffer.alloc(0), Buffer.alloc(0)];
  const message = Buffer.alloc(head + fields.reduce((sum, { length }) => sum + length, 0));
  signature.copy(message);
  message.writeUInt32LE(3, 8);
  let at = head;
  for (const [index, field] of fields.entries()) {
    message.writeUInt16LE(field.length, 12 + index * 8);
    message.writeUInt16LE(field.length, 14 + index * 8);
    message.writeUInt32LE(at, 16 + index * 8);
    field.copy(message, at);
    at += field.length;
  }
  message.writeUInt32LE((challenge.flags & asked) >>> 0, 60);
  version.copy(message, 64);
  hmac(sessionKey, negotiated, challenged, message).copy(message, 72);
  return message;
}

/** What proves that the password is known, and the key that protects the messages. */
export function ntlmv2({ user, password, challenge, target, channelBindings, client, nowMs }: Omit<Answering, 'negotiated' | 'challenged'>): { response: Buffer; proof: Buffer; sessionKey: Buffer } {
  const key = passwordKey(user, password);
  const time = challenge.targetInfo.find(([id]) => id === member.time)?.[1] ?? fileTime(nowMs);
  const blob = Buffer.concat([Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]), time, client, Buffer.alloc(4), printMembers(withOurs(challenge.targetInfo, target, channelBindings)), Buffer.alloc(4)]);
  const proof = hmac(key, challenge.server, blob);
  return { response: Buffer.concat([proof, blob]), proof, sessionKey: hmac(key, proof) };
}

/** One-way function of the name and the password; of a domain the case counts, of a name it does not. */
export const passwordKey = ({ domain, name }: NtlmUser, password: string): Buffer => hmac(md4(utf16(password)), utf16(name.toUpperCase() + domain));

function withOurs(given: Challenge['targetInfo'], target: string, channelBindings: Buffer): Challenge['targetInfo'] {
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(((given.find(([id]) => id === member.flags)?.[1].readUInt32LE(0) ?? 0) | micPresent) >>> 0);
  const ours: readonly number[] = [member.flags, member.targetName, member.channelBindings];
  return [...given.filter(([id]) => !ours.includes(id)), [member.flags, flags], [member.targetName, utf16(target)], [member.channelBindings, channelBindings]];
}

const printMembers = (members: Challenge['targetInfo']): Buffer => Buffer.concat([...members.flatMap(([id, value]) => {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id);
  head.writeUInt16LE(value.length, 2);
  return [head, value];
}), Buffer.alloc(4)]);

/** Tenths of microseconds since 1601. */
function fileTime(ms: number): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE((BigInt(ms) + 11_644_473_600_000n) * 10_000n);
  return time;
}

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

function hmac(key: Buffer, ...parts: readonly Buffer[]): Buffer {
  const hash = createHmac('md5', key);
  for (const part of parts) hash.update(part);
  return hash.digest();
}
