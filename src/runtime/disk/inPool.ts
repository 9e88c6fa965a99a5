/** So many questions to the disk at once: its threads are few, and others need them too. */
const WIDTH = 16;

/** Does something with each item, not with all at once; what comes out is in the items' order. */
export async function inPool<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const entries = items.entries();
  const drain = async (): Promise<void> => {
    for (const [index, item] of entries) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, items.length) }, drain));
  return results;
}
