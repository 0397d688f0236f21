/** Kinds of address that are refused unless the connection allows them. Private ranges are not among them: 1C lives on 10/8. */
export const guardedKinds = ['unspecified', 'loopback', 'linkLocal', 'metadata', 'mapped', 'nat64', '6to4', 'teredo', 'multicast', 'reserved'] as const;

export type GuardedKind = (typeof guardedKinds)[number];
