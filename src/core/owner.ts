/** Who holds a lease: a node in one of its boots. A node id has no slash. */
export const ownerOf = (node: string, boot: string): string => `${node}/${boot}`;
