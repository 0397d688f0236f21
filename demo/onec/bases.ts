/** Who says that 1C does so: its vendor's documentation, what others have published of live bases, nobody. */
export const bases = { vendor: "the vendor's documentation", measured: 'what others have published of live bases', guess: 'nobody: a guess' } as const;
export type Basis = keyof typeof bases;
