/**
 * ETags of what is read. A version of our own comes first in one, for If-Match; a digest of the answer follows, because
 * what is shown also depends on links, language and parameters, which no version counts.
 */
import { hash } from 'node:crypto';

export function entityTag(text: string, version: string | undefined): string {
  const digest = hash('sha256', text, 'base64url').slice(0, 16);
  return version === undefined ? `"${digest}"` : `${version.replace(/"$/, '')}-${digest}"`;
}

/** Of If-None-Match: one of several, or any; a weak mark is as good here. */
export function isKnown(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === tag);
}
