/** What the builders of the parts of an expression need from the compiler. */
import type { Item, TailCall } from './item.ts';
import type { PreparedNative } from './native.ts';
import type { Node, NodeOf } from './node.ts';
import type { Frame, Run } from './runtime.ts';
import type { Scope } from './scope.ts';

/** The body of a lambda: may leave its last call to the caller. */
export type Body = (input: Item, frame: Frame) => Item | TailCall;

export interface Compiler {
  /** Names that steps of paths bind anywhere in the expression. */
  readonly tupleNames: ReadonlySet<string>;
  /** A part with its filters, grouping and sequence rule. */
  compile(node: Node, scope: Scope): Run;
  compileBody(node: Node, scope: Scope): Body;
  /** A call with an argument put before the written ones (`left ~> $f(…)`). */
  compileCall(node: NodeOf<'call'>, scope: Scope, first: Run | null): Run;
  /** What is called: a built-in, or something that will turn out at run time. Unknown names are failures. */
  callee(node: Node, scope: Scope): PreparedNative | Run;
}
