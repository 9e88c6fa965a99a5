const POLL_MS = 50;

/** Ends when something holds that cannot be listened for; the test's own timeout is the end otherwise. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
