/** Which function does the work of which step. */
import type { Instruction } from './program.ts';
import { archiveStep, cloneStep, contextStep, createStep, deleteStep, findStep, setStep, upsertStep, writeStep, type Note } from './record-steps.ts';
import type { Run } from './run.ts';
import { callStep, forEachStep, repeatStep, returnStep, sendStep, validateStep, variablesStep } from './value-steps.ts';

/** Does the work of a step; null when the instruction only moves the position. */
export function takeStep(run: Run, instruction: Instruction): { note: Note } | null {
  switch (instruction.op) {
    case 'create':
      return { note: createStep(run, instruction) };
    case 'upsert':
      return { note: upsertStep(run, instruction) };
    case 'find':
      return { note: findStep(run, instruction) };
    case 'set':
      return { note: setStep(run, instruction) };
    case 'delete':
      return { note: deleteStep(run, instruction) };
    case 'archive':
      return { note: archiveStep(run, instruction) };
    case 'clone':
      return { note: cloneStep(run, instruction) };
    case 'context':
      return { note: contextStep(run, instruction) };
    case 'variables':
      return { note: variablesStep(run, instruction) };
    case 'send':
      return { note: sendStep(run, instruction) };
    case 'validate':
      return { note: validateStep(run, instruction) };
    case 'forEach':
      return { note: forEachStep(run, instruction) };
    case 'repeat':
      return { note: repeatStep(run, instruction) };
    case 'call':
      return { note: callStep(run, instruction) };
    case 'return':
      return { note: returnStep(run, instruction) };
    case 'write':
      return { note: writeStep(run, instruction) };
    case 'stop':
      return { note: undefined };
    default:
      return null;
  }
}
