/** What one evaluation may spend. One budget may be shared by the expressions of one mapping. */
import { failure } from '../failure.ts';
import { limits } from '../limits.ts';

export interface BudgetOptions {
  /** Iterations, calls and long scans. */
  steps?: number;
  /** Calls inside calls. */
  depth?: number;
  /** Characters, items and members built on the way, in about their bytes. */
  bytes?: number;
}

export class Budget {
  readonly depthLimit: number;
  private readonly stepLimit: number;
  private readonly byteLimit: number;
  private steps: number;
  private bytes: number;

  constructor(options: BudgetOptions = {}) {
    this.stepLimit = options.steps ?? limits.expressionSteps.value;
    this.byteLimit = options.bytes ?? limits.expressionResultBytes.value;
    this.depthLimit = options.depth ?? limits.expressionDepth.value;
    this.steps = this.stepLimit;
    this.bytes = this.byteLimit;
  }

  spendSteps(count: number): void {
    this.steps -= count;
    if (this.steps < 0) throw failure('expression.steps', { limit: this.stepLimit });
  }

  spendBytes(count: number): void {
    this.bytes -= count;
    if (this.bytes < 0) throw failure('expression.resultSize', { limit: this.byteLimit });
  }
}
