/**
 * How deep an entry may be nested. What upstreams publish stays below ten levels; thousands are
 * meant to exhaust the stack of whoever walks through them.
 */
const DEEPEST = 64;

/** Whether a value from the network is nested deeper than anything that is meant to be read. */
export function isTooDeep(value: unknown, left = DEEPEST): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return left === 0 || Object.values(value).some((item) => isTooDeep(item, left - 1));
}

/** The value with `null` in the place of what is nested too deep. */
export function withoutDepth(value: unknown, left = DEEPEST): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (left === 0) return null;
  if (Array.isArray(value)) return value.map((item) => withoutDepth(item, left - 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutDepth(item, left - 1)]),
  );
}
