/** The description of a base whose administrator has published only some of its sets. */

/** Without the given sets; their types stay, for others may lead to them. */
export function withoutSets(metadata: string, sets: ReadonlySet<string>): string {
  if (sets.size === 0) return metadata;
  return metadata.replace(/\s*<EntitySet [^>]*Name="([^"]+)"[^>]*?(?:\/>|>.*?<\/EntitySet>)/gs, (element, name: string) => (sets.has(name) ? '' : element));
}
