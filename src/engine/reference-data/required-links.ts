/** New records that have to wait for others, because a required link leads to them. */
import type { Carried } from '../../core/reference-data/carried.ts';
import type { RecordFile } from './record-file.ts';
import type { LineProblem } from './transfer-plan.ts';
import type { Wanted } from './wanted-records.ts';

interface Waiting {
  file: string;
  line: number;
  template: string;
  /** Attribute and id of each record waited for. */
  for: readonly (readonly [attribute: string, id: string])[];
}

export class RequiredLinks {
  readonly #waiting = new Map<string, Waiting>();

  add({ file }: RecordFile, carried: Carried, { entry, line, late }: Wanted): void {
    // A record may refer to itself.
    const required = entry.isNew ? requiredOf(carried, late).filter(([, id]) => id !== entry.id) : [];
    if (required.length > 0) this.#waiting.set(entry.id, { file, line, template: carried.template.name, for: required });
  }

  /** Records of which none can be made first, one problem a circle's record. */
  circles(): readonly LineProblem[] {
    const left = new Map(this.#waiting);
    for (let before = -1; before !== left.size; ) {
      before = left.size;
      for (const [id, waiting] of left) if (!waiting.for.some(([, other]) => left.has(other))) left.delete(id);
    }
    return [...left.values()].map(({ file, line, template, for: others }) => {
      const [attribute = ''] = others.find(([, other]) => left.has(other)) ?? [];
      const circle = others.flatMap(([, other]) => left.get(other) ?? []).map((one) => `${one.template}, ${one.file}:${one.line}`).join('; ');
      return { file, line, template, path: attribute, code: 'reference.circle', parameters: { attribute, circle } };
    });
  }

  /** Those of a batch whose required links lead to what is there or is made with them. */
  static ready(carried: Carried, wanted: readonly Wanted[]): readonly Wanted[] {
    let ready = wanted;
    for (let before = -1; before !== ready.length; ) {
      before = ready.length;
      const ids = new Set(ready.map(({ entry }) => entry.id));
      ready = ready.filter(({ late }) => requiredOf(carried, late).every(([, id]) => ids.has(id)));
    }
    return ready;
  }
}

const requiredOf = ({ attributes }: Carried, late: Wanted['late']): Wanted['late'] =>
  late.filter(([name]) => attributes.some(({ attribute }) => attribute.name === name && attribute.required));
