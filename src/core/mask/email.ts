/** Addresses of mail as people write them: no quoted parts, no comments, no bare host. */

const part = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+$/u;
const label = /^[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u;

/** The domain in lower case, the rest as given; undefined when it is no address. */
export function emailOf(text: string): string | undefined {
  const trimmed = text.trim();
  const at = trimmed.lastIndexOf('@');
  const local = trimmed.slice(0, at);
  const domain = trimmed.slice(at + 1).toLowerCase();
  if (at < 1 || local.length > 64 || domain.length > 253) return undefined;
  const labels = domain.split('.');
  const isDomain = labels.length > 1 && labels.every((one) => label.test(one)) && !/^\d+$/.test(labels.at(-1) ?? '');
  return isDomain && local.split('.').every((one) => part.test(one)) ? `${local}@${domain}` : undefined;
}
