/**
 * Russian words in whose forms a vowel comes and goes before the last consonant: поставка, поставок; рынок, рынка; письмо, писем.
 * A stemmer cuts endings only, so it makes two stems of them. Here a word is told the other form, to be searched for as well.
 * A form with the vowel has no ending, so it is looked for as it is written; one without it has many, and goes by its stem.
 * Pure; words are folded (small letters, е for ё). A form that no word has finds nothing.
 */

const consonant = '[бвгджзклмнпрстфхцчшщ]';
const vowel = '[аеиоуыэюя]';

/** What stands before the pair of consonants has to be a syllable: «срок» and «блок» have no other form. */
const syllable = `[а-я]*${vowel}[а-я]*?`;

/** Endings of all cases, of the gender and number in which the vowel is not there. */
const endings = '(?:а|о|у|ы|и|е|я|ю|ь|ой|ою|ей|ею|ом|ем|ов|ев|ам|ям|ами|ями|ах|ях)';

interface Rule {
  form: RegExp;
  /** Of the other form; `$1` is what comes before. */
  others: readonly string[];
}

const rule = (pattern: string, ...others: string[]): Rule => ({ form: new RegExp(`^${pattern}$`), others });

/** The vowel is there, and goes: the other form has another ending, too. */
const going: readonly Rule[] = [
  rule(`(${syllable}${consonant})ь?[ое]к`, '$1ка', '$1ька'),
  rule(`(${syllable})ек`, '$1йка'),
  rule(`(${syllable})л[ео]ц`, '$1льца', '$1лца'),
  rule(`(${syllable}[бвгджзкмнпрстфхчшщ])ец`, '$1ца'),
  rule(`(${syllable})ец`, '$1йца'),
  rule(`(${syllable}${consonant})[ео]н`, '$1на', '$1ня', '$1ьна'),
  rule(`(${syllable}${consonant})[ео]нь`, '$1ня'),
  rule(`(${syllable}${consonant})ель`, '$1ля'),
  rule(`(${syllable}${consonant})[ео]л`, '$1ла'),
  rule(`(${syllable}${consonant})[ео]р`, '$1ра'),
  rule(`(${syllable})ем`, '$1ьма', '$1йма'),
  rule(`(${syllable})еб`, '$1ьба'),
  rule(`(${syllable}${consonant})[ео]т`, '$1та'),
];

/** The vowel is not there, and comes. */
const coming: readonly Rule[] = [
  rule(`(${syllable})[ьй]к${endings}`, '$1ек'),
  rule(`(${syllable}${consonant})к${endings}`, '$1ок', '$1ек'),
  rule(`(${syllable})[ьй]ц${endings}`, '$1ец'),
  rule(`(${syllable}${consonant})ц${endings}`, '$1ец'),
  rule(`(${syllable}${consonant})н${endings}`, '$1ен', '$1он', '$1ень', '$1онь'),
  rule(`(${syllable})[ьй]н${endings}`, '$1ен'),
  rule(`(${syllable}${consonant})л${endings}`, '$1ел', '$1ол', '$1ель'),
  rule(`(${syllable}${consonant})р${endings}`, '$1ер', '$1ор'),
  rule(`(${syllable})[ьй]м${endings}`, '$1ем'),
  rule(`(${syllable})ьб${endings}`, '$1еб'),
];

/** Too short for any rule, and common: all forms of a word, each of which is searched for with the others. */
const whole: readonly (readonly string[])[] = [
  ['день', 'дня', 'дню', 'днем', 'дне', 'дни', 'дней', 'дням', 'днями', 'днях'],
  ['сон', 'сна', 'сну', 'сном', 'сне', 'сны', 'снов', 'снам'],
  ['лед', 'льда', 'льду', 'льдом', 'льде', 'льды', 'льдов'],
  ['яйцо', 'яйца', 'яйцу', 'яйцом', 'яйце', 'яиц', 'яйцам', 'яйцами', 'яйцах'],
  ['лен', 'льна', 'льну', 'льном', 'льне'],
];

const wholeForms: ReadonlyMap<string, readonly string[]> = new Map(whole.flatMap((forms) => forms.map((form) => [form, forms.filter((other) => other !== form)] as const)));

export interface FleetingForms {
  /** Words to be searched for in all their forms. */
  inflected: readonly string[];
  /** Words to be searched for as they are. */
  written: readonly string[];
}

/** What is to be searched for beside the word. */
export function fleetingForms(word: string): FleetingForms {
  const known = wholeForms.get(word);
  if (known !== undefined) return { inflected: [], written: known };
  return { inflected: formsBy(going, word), written: formsBy(coming, word) };
}

const formsBy = (rules: readonly Rule[], word: string): readonly string[] => [
  ...new Set(rules.flatMap(({ form, others }) => (form.test(word) ? others.map((other) => word.replace(form, other)) : []))),
];
