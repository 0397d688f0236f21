/** The most that the heap held while something was done, above what it held before. */
export async function peakHeapMb(work: () => Promise<void>): Promise<number> {
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  let peak = before;
  const look = (): void => void (peak = Math.max(peak, process.memoryUsage().heapUsed));
  const timer = setInterval(look, 5);
  try {
    await work();
    look();
  } finally {
    clearInterval(timer);
  }
  return Math.round((peak - before) / 1_048_576);
}
