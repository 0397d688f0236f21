/**
 * Progress for a person: one line a step, with the seconds it took. It goes to the error stream,
 * because the standard output belongs to the command that is started at the end.
 */
export async function step(title, work, out = process.stderr) {
  const startedAt = process.hrtime.bigint();
  const seconds = () => `${Math.round(Number(process.hrtime.bigint() - startedAt) / 1e9)} s`;
  const write = (text) => out.write(text);
  write(`zveno: ${title} …`);
  const ticking = out.isTTY ? setInterval(() => write(`\rzveno: ${title} … ${seconds()}`), 1_000) : undefined;
  try {
    const result = await work();
    write(`${out.isTTY ? `\rzveno: ${title} …` : ''} ${seconds()}\n`);
    return result;
  } catch (error) {
    write(`${out.isTTY ? `\rzveno: ${title} …` : ''} failed after ${seconds()}\n`);
    throw error;
  } finally {
    clearInterval(ticking);
  }
}
