/**
 * Runs `work` while this process alone holds the lock file; `onWait` is called once if another
 * process holds it. Plain JavaScript, because it runs before there is a Node that strips types.
 */
export function withLock<T>(file: string, work: () => Promise<T>, onWait?: () => void): Promise<T>;
