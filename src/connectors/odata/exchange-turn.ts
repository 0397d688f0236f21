/**
 * One reading or one confirmation of a node of an exchange plan at a time. Two at once could lose changes: what the one is
 * handed out while the other confirms would be taken off the list of 1C, and be with a reader that may die before it keeps it.
 */
import { Decimal, failure, isObject, limits, type Receipt, type Turn, type Value } from '../../sdk/index.ts';
import type { Work } from './exchange.ts';
import { findNode, type ExchangeNode, type NodeRoute } from './exchange-node.ts';

/** What was handed out last, under which number; an empty token where nobody knows. */
export interface PackageMark {
  messageNo: string;
  token: string;
  /** Up to this number every package was confirmed by this platform, or accepted as it was. */
  confirmed: string;
  /** What is being told to 1C: it may have been heard, or not. */
  confirming?: string;
}

export interface NodeTurn {
  newest: Pick<PackageMark, 'messageNo' | 'token'> | undefined;
  /** Up to which number the packages are our own; undefined where this platform has never read the node. */
  own: Decimal | undefined;
  /** Holds from now on, even if this process dies. Throws `odata.exchangeNodeBusy` when the turn is over already. */
  leave(mark: PackageMark): Promise<void>;
}

const pauseMs = 100;

/** Runs with the node as it is in the turn. The receipt of a refusal comes back as it is. Failures: those of `findNode`, `odata.exchangeNodeBusy`. */
export async function inTurn(work: Work, route: NodeRoute, run: (node: ExchangeNode, turn: NodeTurn) => Promise<Receipt>): Promise<Receipt> {
  const { turns } = work;
  const named = `${route.plan}|${route.node}`;
  // A node may be called by its code: the turn goes by its key, which has to be found once.
  if (!turns.keys.has(named)) {
    const node = await findNode(work, route);
    if ('refused' in node) return node.refused;
    turns.keys.set(named, node.key);
  }
  const key = turns.keys.get(named) ?? '';
  const name = `exchangeNode ${route.plan} ${key}`;
  const turn = await take(work, name, { plan: route.plan, node: key });
  try {
    // By now another reader may have confirmed: only what is asked in the turn counts.
    const node = await findNode(work, route);
    if ('refused' in node) return node.refused;
    if (node.key !== key) turns.keys.delete(named); // the code has another node now: the next call finds its turn
    return await run(node, {
      newest: newestIn(turn.left),
      own: ownUpTo(turn.left, node.received),
      async leave(mark) {
        if (!(await turns.leaveBehind(name, turn, { ...mark }))) throw busy(work, { plan: route.plan, node: key });
      },
    });
  } finally {
    await turns.endTurn(name, turn);
  }
}

async function take(work: Work, name: string, place: { plan: string; node: string }): Promise<Turn> {
  const { context: { clock, properties }, turns, signal } = work;
  const untilMs = clock.monotonicMs() + limits.odataTurnWaitMs.value;
  for (;;) {
    // Longer than its requests may take: the node, and the package or its confirmation.
    const turn = await turns.takeTurn(name, 2 * properties.timeoutMs + 30_000);
    if (turn !== null) return turn;
    if (clock.monotonicMs() >= untilMs) throw busy(work, place);
    await clock.sleep(pauseMs, signal);
  }
}

const busy = ({ context }: Work, place: { plan: string; node: string }) => failure('odata.exchangeNodeBusy', { connection: context.name, ...place });

function newestIn(left: Value): NodeTurn['newest'] {
  if (!isObject(left)) return undefined;
  const { messageNo, token } = left;
  return typeof messageNo === 'string' && typeof token === 'string' ? { messageNo, token } : undefined;
}

/** A confirmation that was under way when its node died was heard if 1C counts from it now. */
function ownUpTo(left: Value, received: Decimal): Decimal | undefined {
  if (!isObject(left)) return undefined;
  const { confirmed, confirming } = left;
  // A mark of an earlier version of ours: whatever was confirmed by then counts as our own.
  if (typeof confirmed !== 'string') return received;
  const told = new Decimal(typeof confirming === 'string' ? confirming : confirmed);
  return received.greaterThanOrEqualTo(told) ? told : new Decimal(confirmed);
}
