/** Network addresses as bytes: every spelling of one address is the same address here. */
import { domainToASCII } from 'node:url';
import type { GuardedKind } from '../core/guarded-kinds.ts';

export interface Address {
  /** As handed to the socket; may carry an IPv6 zone. */
  text: string;
  /** 4 or 16 bytes. */
  bytes: Uint8Array;
}

/** What a host text is: an address, a name to resolve, or nothing that may be dialled. */
export type HostText = { kind: 'address'; address: Address } | { kind: 'name'; name: string } | { kind: 'invalid' };

/**
 * Reads a host as the system's resolver would: brackets, zones, full-width digits and the old spellings
 * of IPv4 (`127.1`, `0x7f000001`, `0177.0.0.1`, `2130706433`) all become the address they stand for.
 */
export function readHost(host: string): HostText {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  if (bare.includes(':')) {
    const address = parseAddress(bare);
    return address === undefined ? { kind: 'invalid' } : { kind: 'address', address };
  }
  // The conversion below would cut at "/" and drop line breaks; such a text is no host.
  if (/[\x00-\x7f]/.test(bare.replace(/[A-Za-z0-9._-]/g, ''))) return { kind: 'invalid' };
  const name = domainToASCII(bare);
  if (name === '' || name.length > 253 || !/^[A-Za-z0-9._-]+$/.test(name)) return { kind: 'invalid' };
  const labels = name.replace(/\.$/, '').split('.');
  if (labels.some((label) => label === '' || label.length > 63)) return { kind: 'invalid' };
  if (!/^(?:\d+|0x[0-9a-f]*)$/i.test(labels.at(-1) ?? '')) return { kind: 'name', name };
  const bytes = oldSpelling(labels);
  return bytes === undefined ? { kind: 'invalid' } : { kind: 'address', address: { text: bytes.join('.'), bytes } };
}

/** Reads a strict IPv4 or IPv6 text, or gives undefined. */
export function parseAddress(text: string): Address | undefined {
  const [plain = '', zone] = text.split('%', 2);
  if (zone !== undefined && !/^[A-Za-z0-9_.-]{1,32}$/.test(zone)) return undefined;
  const bytes = plain.includes(':') ? parseIpv6(plain) : zone === undefined ? parseIpv4(plain) : undefined;
  return bytes === undefined ? undefined : { text, bytes };
}

/** All guarded kinds of an address, those of an IPv4 address carried inside an IPv6 one included; empty for an ordinary one. */
export function kindsOf(bytes: Uint8Array): readonly GuardedKind[] {
  if (bytes.length === 4) return kindsOfIpv4(bytes);
  const wrapper = kindOfIpv6(bytes);
  const inside = embeddedIpv4(bytes);
  return [...(wrapper === undefined ? [] : [wrapper]), ...(inside === undefined ? [] : kindsOfIpv4(inside))];
}

/** The IPv4 address that an IPv6 address carries (mapped, translated, NAT64, 6to4, Teredo), if any. */
export function embeddedIpv4(bytes: Uint8Array): Uint8Array | undefined {
  switch (kindOfIpv6(bytes)) {
    case 'mapped':
    case 'nat64': return bytes.subarray(12);
    case '6to4': return bytes.subarray(2, 6);
    case 'teredo': return bytes.subarray(12).map((byte) => byte ^ 0xff);
    default: return undefined;
  }
}

/** Whether the first `bits` bits agree. Addresses of different families never do. */
export function hasPrefix(bytes: Uint8Array, prefix: Uint8Array, bits: number): boolean {
  if (bytes.length !== prefix.length) return false;
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 0xff : 0xff << (8 - (bits - bit)) & 0xff;
    if (((bytes[bit >> 3] ?? 0) & mask) !== ((prefix[bit >> 3] ?? 0) & mask)) return false;
  }
  return true;
}

function kindsOfIpv4(bytes: Uint8Array): readonly GuardedKind[] {
  if (metadataIpv4.includes(bytes.join('.'))) return ['metadata'];
  const [first = 0, second = 0] = bytes;
  if (first === 0) return ['unspecified'];
  if (first === 127) return ['loopback'];
  if (first === 169 && second === 254) return ['linkLocal'];
  if (first >= 224 && first < 240) return ['multicast'];
  return first >= 240 ? ['reserved'] : [];
}

/** Where clouds hand out credentials to whoever asks from inside. */
const metadataIpv4: readonly string[] = ['169.254.169.254', '169.254.170.2', '169.254.170.23', '100.100.100.200', '192.0.0.192'];
const metadataIpv6: readonly string[] = ['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254'];

function kindOfIpv6(bytes: Uint8Array): GuardedKind | undefined {
  if (metadataIpv6.some((text) => starts(bytes, text, 128))) return 'metadata';
  return ipv6Ranges.find(([text, bits]) => starts(bytes, text, bits))?.[2];
}

/** The first row that fits decides. */
const ipv6Ranges: readonly (readonly [string, number, GuardedKind])[] = [
  ['::', 128, 'unspecified'],
  ['::1', 128, 'loopback'],
  ['::ffff:0:0', 96, 'mapped'],
  ['::ffff:0:0:0', 96, 'mapped'],
  ['::', 96, 'mapped'],
  ['64:ff9b::', 96, 'nat64'],
  ['64:ff9b:1::', 48, 'nat64'],
  ['2002::', 16, '6to4'],
  ['2001::', 32, 'teredo'],
  ['fe80::', 10, 'linkLocal'],
  ['fec0::', 10, 'reserved'],
  ['ff00::', 8, 'multicast'],
];

function starts(bytes: Uint8Array, text: string, bits: number): boolean {
  const prefix = parseIpv6(text);
  return prefix !== undefined && hasPrefix(bytes, prefix, bits);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** The 16-bit groups of one side of `::`; a dotted IPv4 at the end counts as two. */
function groupsOf(side: string): number[] | undefined {
  if (side === '') return [];
  const parts = side.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(parseInt(part, 16));
      continue;
    }
    const dotted = index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (dotted === undefined) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = dotted;
    groups.push(a << 8 | b, c << 8 | d);
  }
  return groups;
}

/** One to four numbers, each decimal, octal or hexadecimal; the last fills the bytes that are left. */
function oldSpelling(labels: readonly string[]): Uint8Array | undefined {
  if (labels.length > 4) return undefined;
  const numbers = labels.map(oldNumber);
  const last = numbers.at(-1);
  const leading = numbers.slice(0, -1);
  if (last === undefined || leading.some((number) => number === undefined || number > 255)) return undefined;
  const room = 4 - leading.length;
  if (last >= 256 ** room) return undefined;
  const tail = Array.from({ length: room }, (_, index) => Math.floor(last / 256 ** (room - 1 - index)) % 256);
  return Uint8Array.from([...leading.map((number) => number ?? 0), ...tail]);
}

function oldNumber(label: string): number | undefined {
  if (/^0x[0-9a-f]*$/i.test(label)) return label.length === 2 ? 0 : parseInt(label, 16);
  if (/^0[0-7]*$/.test(label)) return parseInt(label, 8);
  return /^[1-9]\d*$/.test(label) ? Number(label) : undefined;
}
