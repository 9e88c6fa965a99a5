import type { CancellationToken } from 'vscode';

/** Does something for the editor, with a signal that is aborted when the editor gives it up. */
export async function untilCancelled<T>(
  token: CancellationToken,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const cancelling = new AbortController();
  const listener = token.onCancellationRequested(() => cancelling.abort());
  try {
    if (token.isCancellationRequested) cancelling.abort();
    return await work(cancelling.signal);
  } finally {
    listener.dispose();
  }
}
