/**
 * A scenario as the machine runs it: flat instructions with jumps, so that a position is a number
 * and the whole state of a run is plain data.
 */
import type { Archived, Comparison } from '../query.ts';
import type { ValueProgram } from './value-source.ts';

export interface Program {
  readonly instructions: readonly Instruction[];
  /** Every word that stands in an expression; multiple links of these names are loaded with a record. */
  readonly words: ReadonlySet<string>;
}

/** Values by attribute or variable name, in the order of the document. */
export type NamedValues = readonly (readonly [name: string, value: ValueProgram])[];

export type FilterProgram =
  | { op: 'and' | 'or'; of: readonly FilterProgram[] }
  | { op: 'not'; of: FilterProgram }
  | { op: Comparison | 'linked'; attribute: string; value: ValueProgram };

interface Placed {
  /** Path below the innermost loop's iteration, or below the scenario when there is none. */
  readonly at: string;
  /** What a person called the step, else its kind. */
  readonly name: string;
  readonly lock: boolean;
}

export type Instruction = Placed & (StepInstruction | FlowInstruction);

/** What does the work of a step. */
export type StepInstruction =
  | { op: 'create'; template: string; set: NamedValues; link: { attribute: string; op: 'add' | 'replace' } | null; as: string | null; nests: boolean }
  | { op: 'upsert'; template: string; by: NamedValues; set: NamedValues; as: string | null; nests: boolean }
  | { op: 'find'; template: string; where: FilterProgram | null; sort: readonly { attribute: string; descending: boolean }[]; limit: number; one: boolean; links: readonly string[]; archived: Archived; as: string }
  | { op: 'set'; record: ValueProgram | null; values: NamedValues; add: NamedValues; exclude: NamedValues; clear: readonly string[] }
  | { op: 'delete'; record: ValueProgram | null }
  | { op: 'archive'; record: ValueProgram | null; restore: boolean }
  | { op: 'clone'; template: string; of: ValueProgram; depth: number; set: NamedValues; as: string | null }
  | { op: 'context'; template: string; of: ValueProgram; as: string | null }
  | { op: 'variables'; set: string; mode: 'add' | 'replace' | 'exclude'; values: NamedValues }
  | { op: 'send'; route: string; message: ValueProgram; response: string | null; error: string | null; key: ValueProgram | null }
  | { op: 'validate'; that: ValueProgram; else: ValueProgram }
  | { op: 'forEach'; in: ValueProgram; as: string }
  | { op: 'repeat'; times: ValueProgram; as: string }
  | { op: 'call'; scenario: string; with: NamedValues; as: string | null }
  | { op: 'return'; slot: 'response' | 'errorResponse'; body: ValueProgram; status: number }
  | { op: 'stop' }
  /** One of the plain writes a run was started with. */
  | { op: 'write'; index: number };

/** What moves the position. */
export type FlowInstruction =
  | { op: 'cases' }
  | { op: 'case'; when: ValueProgram; index: number; label: string; next: number }
  /** Goes to `end` when a case was true. */
  | { op: 'otherwise'; end: number }
  /** The next iteration of the innermost loop, or out of it. */
  | { op: 'next'; exit: number }
  | { op: 'jump'; to: number }
  /** Closes what `create`, `upsert` or `cases` opened. */
  | { op: 'leave' }
  | { op: 'guard'; handler: number }
  | { op: 'unguard'; end: number }
  | { op: 'end' };

export type StepOp = StepInstruction['op'];
