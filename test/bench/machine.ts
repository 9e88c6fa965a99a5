import os from 'node:os';

/** What was measured on, in a line. */
export function machine(): string {
  const gigabytes = Math.round(os.totalmem() / 2 ** 30);
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${os.type()} ${os.release()}, ${cpu} x ${os.availableParallelism()}, ${gigabytes} GB, Node ${process.version}`;
}
