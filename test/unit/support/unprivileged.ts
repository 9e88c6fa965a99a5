/** Nobody: the customary number of a user without rights. */
const NOBODY = 65_534;

/**
 * Does something synchronous as a user to whom the rights of files apply. For the superuser they
 * do not, and it is the superuser who runs tests in a container.
 */
export function unprivileged<T>(work: () => T): T {
  const { getuid, seteuid } = process;
  if (getuid?.() !== 0 || seteuid === undefined) return work();
  seteuid(NOBODY);
  try {
    return work();
  } finally {
    seteuid(0);
  }
}
