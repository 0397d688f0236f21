/** Takes secrets out of what a service says, and leaves the words by which its answer is understood: a password may be one of them. Pure. */

/** Names of elements and members, and the numbers that are codes: they are the protocol's, whoever has chosen the same as a password. */
const structure = /<(?:\w+:)?code[^<>]{0,200}>\s*-?\d{1,3}\s*(?=<)|<\/?[\w:.-]{1,40}|"(?:odata\.error|error|code|message|lang|value|innererror|exception|descr|cause|details|target)"\s*:(?:\s*"?-?\d{1,3}"?(?=\s*[,}]))?/g;

export function maskSecrets(secrets: readonly string[], text: string): string {
  const words = secrets.filter((secret) => secret !== '').toSorted((one, other) => other.length - one.length);
  if (words.length === 0 || !words.some((word) => text.includes(word))) return text;
  const kept = [...text.matchAll(structure)].map(({ index, 0: found }) => [index, index + found.length] as const);
  let next = 0;
  return text.replace(new RegExp(words.map((word) => RegExp.escape(word)).join('|'), 'g'), (found, offset: number) => {
    while ((kept[next]?.[1] ?? Infinity) <= offset) next += 1;
    const [from, to] = kept[next] ?? [Infinity, Infinity];
    return from <= offset && offset + found.length <= to ? found : '[secret]';
  });
}
