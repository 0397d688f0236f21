/** How the partner misbehaves, for tries and for the crash campaign. Written like a query: `delayMs=200&failRate=0.1`. */

export interface Knobs {
  /** Pause before the effect is looked at. */
  delayMs: number;
  /** Share of requests, 0 to 1, that are answered with `failStatus` and not recorded. */
  failRate: number;
  failStatus: number;
  /** Never answers; the effect is not recorded. */
  hang: boolean;
  /** Cuts the connection: `read` before the effect is recorded, `write` after it. */
  drop: 'none' | 'read' | 'write';
  /** Share of requests, 0 to 1, that `hang` or `drop` happen to. */
  dropRate: number;
}

export const goodBehaviour: Knobs = { delayMs: 0, failRate: 0, failStatus: 500, hang: false, drop: 'none', dropRate: 1 };

/** Changes those knobs of `base` that are named. Throws an Error that says which value is wrong. */
export function turnKnobs(base: Knobs, query: URLSearchParams): Knobs {
  const knobs = { ...base };
  for (const [name, value] of query) {
    switch (name) {
      case 'delayMs': knobs.delayMs = numberIn(name, value, 0, 600_000); break;
      case 'failRate': knobs.failRate = numberIn(name, value, 0, 1); break;
      case 'status': [knobs.failStatus, knobs.failRate] = [numberIn(name, value, 400, 599), 1]; break;
      case 'failStatus': knobs.failStatus = numberIn(name, value, 400, 599); break;
      case 'hang': knobs.hang = value !== '0' && value !== 'false'; break;
      case 'dropRate': knobs.dropRate = numberIn(name, value, 0, 1); break;
      case 'drop': knobs.drop = dropOf(value); break;
      default: throw new Error(`the partner has no knob ${name}; it has: ${Object.keys(goodBehaviour).join(', ')}, status`);
    }
  }
  return knobs;
}

function numberIn(name: string, text: string, from: number, to: number): number {
  const value = Number(text);
  if (text === '' || !(value >= from && value <= to)) throw new Error(`${name} is a number from ${from} to ${to}`);
  return value;
}

function dropOf(text: string): Knobs['drop'] {
  if (text === 'none' || text === 'read' || text === 'write') return text;
  throw new Error('drop is none, read or write');
}
