/** Something a check found: where, which rule, and what to do instead. */
export interface Finding {
  path: string;
  line?: number;
  rule: string;
  text: string;
}

export const printed = ({ path, line, rule, text }: Finding): string => `${path}${line ? `:${line}` : ''}  ${rule}: ${text}`;
