/** A text of a connector, in each language of the product. */
import type { Lang } from '../core/failure.ts';

export type Localised = Readonly<Record<Lang, string>>;
