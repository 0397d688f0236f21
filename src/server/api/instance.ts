/** Whether this installation works, and the word of a person that it may. */
import { instanceOperations } from '../../api/instance.ts';
import { failure } from '../../core/failure.ts';
import type { ValueObject } from '../../core/value.ts';
import { good, handle, type Handler } from './handler.ts';
import type { ApiParts } from './parts.ts';

export function instanceHandlers({ instance, tellInstance, journal }: Pick<ApiParts, 'instance' | 'tellInstance' | 'journal'>): readonly Handler[] {
  const shown = async (): Promise<ValueObject> => {
    const { id, pause } = instance.state();
    const queues = await journal.queues();
    const waiting = (name: 'inbox' | 'outbox'): number => queues.find(({ queue }) => queue === name)?.waiting ?? 0;
    return { id, paused: pause === null ? null : { ...pause }, waiting: { inbox: waiting('inbox'), outbox: waiting('outbox') } };
  };
  return [
    handle(instanceOperations.getInstance, async () => good(await shown())),
    handle(instanceOperations.confirmInstance, async ({ caller }) => {
      if (!(await instance.confirm(caller.account.name))) throw failure('instance.notPaused');
      await tellInstance();
      return good(await shown());
    }),
  ];
}
