/** Waits, turn by turn of the event loop, until something holds. The test's own timeout is the end. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
