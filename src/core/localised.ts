/** A text in each language of the product. */
import type { Lang } from './failure.ts';

export type Localised = Readonly<Record<Lang, string>>;
