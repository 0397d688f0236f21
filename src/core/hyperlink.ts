/** Links to elsewhere. Only schemes that a person may safely follow are known; a script in a link is none of them. */

export const hyperlinkSchemes = ['http', 'https', 'ftp', 'ftps', 'mailto', 'ssh', 'tg', 'git'] as const;
export type HyperlinkScheme = (typeof hyperlinkSchemes)[number];

/** With a host after the two slashes; of the others only what follows the colon counts. */
const withHost: ReadonlySet<string> = new Set(['http', 'https', 'ftp', 'ftps', 'ssh', 'git']);

/** The scheme of a well-formed link, or undefined. Spaces, control characters and turned writing are in none. */
export function schemeOfLink(text: string): HyperlinkScheme | undefined {
  const colon = text.indexOf(':');
  const scheme = hyperlinkSchemes.find((known) => known === text.slice(0, colon).toLowerCase());
  if (scheme === undefined || forbidden.test(text) || !URL.canParse(text)) return undefined;
  if (withHost.has(scheme)) return /^\/\/[^/?#]/.test(text.slice(colon + 1)) ? scheme : undefined;
  if (scheme === 'mailto') return /^[^@?]+@[^@?]+(\?.*)?$/.test(text.slice(colon + 1)) ? scheme : undefined;
  return text.length > colon + 1 ? scheme : undefined;
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const forbidden = /[\u0000-\u0020\u007f-\u00a0"<>\\^`{|}\u2000-\u200f\u2028-\u202f\u205f-\u206f\ufeff]/u;
