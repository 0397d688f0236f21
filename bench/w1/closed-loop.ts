/** Closed-loop load over raw sockets: each connection has one request out. What was sent is always waited for, so 2xx answers are exact. */
import { connect } from 'node:net';

export interface LoopOptions {
  port: number;
  path: string;
  authorization: string | null;
  connections: number;
  /** Body of the n-th request of this loop. */
  readonly body: (n: number) => string;
}

export interface LoopResult {
  /** Answers with a status of 2xx. */
  accepted: number;
  /** All others, by status. */
  refused: ReadonlyMap<number, number>;
  seconds: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

export class ClosedLoop {
  readonly #options: LoopOptions;
  readonly #latencies: number[] = [];
  readonly #refused = new Map<number, number>();
  #accepted = 0;
  #next = 0;
  #until = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  async run(seconds: number): Promise<LoopResult> {
    const begun = performance.now();
    this.#until = begun + seconds * 1_000;
    await Promise.all(Array.from({ length: this.#options.connections }, () => this.#connection()));
    const sorted = this.#latencies.sort((one, other) => one - other);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
    return { accepted: this.#accepted, refused: this.#refused, seconds: (performance.now() - begun) / 1_000, p50: at(0.5), p99: at(0.99) };
  }

  #connection(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: this.#options.port, host: '127.0.0.1', noDelay: true });
      let received: Buffer = Buffer.alloc(0);
      let sentAt = 0;
      const send = (): void => {
        if (performance.now() >= this.#until) {
          socket.end();
          resolve();
          return;
        }
        sentAt = performance.now();
        socket.write(this.#request());
      };
      socket.on('connect', send);
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the server closed a connection of the load')));
      socket.on('data', (chunk: Buffer) => {
        received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
        const answer = wholeAnswer(received);
        if (answer === null) return;
        received = received.subarray(answer.length);
        this.#latencies.push(performance.now() - sentAt);
        if (answer.status >= 200 && answer.status < 300) this.#accepted += 1;
        else this.#refused.set(answer.status, (this.#refused.get(answer.status) ?? 0) + 1);
        send();
      });
    });
  }

  #request(): string {
    const { path, authorization, body, port } = this.#options;
    const text = body(this.#next++);
    const credentials = authorization === null ? '' : `authorization: ${authorization}\r\n`;
    return `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${credentials}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
  }
}

/** Null while it is not all there. Every server here says the length of its answer. */
function wholeAnswer(bytes: Buffer): { status: number; length: number } | null {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return null;
  const text = bytes.toString('latin1', 0, head);
  const length = /^content-length: *(\d+)/im.exec(text)?.[1];
  if (length === undefined) throw new Error(`an answer without its length: ${text}`);
  const whole = head + 4 + Number(length);
  return bytes.length < whole ? null : { status: Number(text.slice(9, 12)), length: whole };
}
