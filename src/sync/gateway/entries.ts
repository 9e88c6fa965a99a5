import type { ZodType } from 'zod';
import { t } from '@vscode/l10n';
import { SyncError } from '../errors.ts';
import type { Manifest } from '../fingerprint.ts';
import type { Logger } from '../logger.ts';
import type { ModelId } from '../model.ts';
import { isTooDeep, withoutDepth } from './nesting.ts';

/** Bad entries of one list that are logged each by itself. */
const MOST_LOGGED = 20;
/** An upstream's words may be of any length. */
const MOST_LETTERS = 300;

/** The readable entries of a list from the network, each with the upstream's own record. */
export interface Entries<T> {
  readonly entries: readonly {
    readonly entry: T;
    readonly raw: Readonly<Record<string, unknown>>;
  }[];
  /** What could not be read, as it came, but for what is nested too deep. */
  readonly unreadable: readonly unknown[];
}

/**
 * Parses each entry of a list by itself: a bad one is dropped and logged, the rest lives.
 * @throws SyncError `badAnswer` if the whole is not a list
 */
export function parseEntries<T>(
  list: unknown,
  schema: ZodType<T>,
  origin: string,
  logger: Logger,
): Entries<T> {
  if (!Array.isArray(list)) {
    throw new SyncError(
      'badAnswer',
      t(
        '{0} answered with something that is not a list of models. Check the address in the settings.',
        origin,
      ),
    );
  }
  const entries: { entry: T; raw: Record<string, unknown> }[] = [];
  const unreadable: unknown[] = [];
  const drop = (raw: unknown, why: string): void => {
    unreadable.push(raw);
    if (unreadable.length > MOST_LOGGED) return;
    logger.warn(`${origin}: dropped an entry: ${why}`.slice(0, MOST_LETTERS));
  };
  for (const raw of list as unknown[]) {
    if (isTooDeep(raw)) {
      drop(withoutDepth(raw), 'it is nested too deep');
      continue;
    }
    const parsed = schema.safeParse(raw);
    if (parsed.success) {
      entries.push({ entry: parsed.data, raw: raw as Record<string, unknown> });
      continue;
    }
    const [issue] = parsed.error.issues;
    drop(raw, `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
  }
  if (unreadable.length > MOST_LOGGED) {
    logger.warn(`${origin}: dropped ${unreadable.length - MOST_LOGGED} more entries.`);
  }
  return { entries, unreadable };
}

/**
 * Refuses a list in which nothing is even called like a model: it is a list of something else.
 * @param idOf the id of an unreadable entry, if at least that can be read
 * @throws SyncError `badAnswer`
 */
export function refuseUnreadable(
  entries: Entries<unknown>,
  origin: string,
  idOf: (raw: unknown) => ModelId | undefined,
): void {
  if (entries.entries.length > 0 || entries.unreadable.length === 0) return;
  if (entries.unreadable.some((raw) => idOf(raw) !== undefined)) return;
  throw new SyncError(
    'badAnswer',
    t(
      '{0} answered with {1} entries, none of which is a model. Check the address in the settings.',
      origin,
      entries.unreadable.length,
    ),
  );
}

/**
 * Refuses a list without entries: nobody publishes an empty catalogue, and here it would take away
 * everything.
 * @throws SyncError `badAnswer`
 */
export function refuseEmpty({ entries, unreadable }: Entries<unknown>, origin: string): void {
  if (entries.length + unreadable.length > 0) return;
  throw new SyncError(
    'badAnswer',
    t('{0} holds no models. Ask its publisher to check it.', origin),
  );
}

/**
 * Keeps what is known of the entries that could not be read: that is no reason to think that a
 * model is gone or has changed.
 * @param idOf the id of an unreadable entry, if at least that can be read
 * @returns true if every unreadable entry has an id, so that whatever the manifest lacks is gone
 */
export function keepKnown(
  manifest: Map<ModelId, string>,
  unreadable: readonly unknown[],
  known: Manifest,
  idOf: (raw: unknown) => ModelId | undefined,
): boolean {
  let complete = true;
  for (const raw of unreadable) {
    const id = idOf(raw);
    const fingerprint = id === undefined ? undefined : known.get(id);
    // Where it stands there twice, the entry that could be read counts.
    if (id !== undefined && fingerprint !== undefined && !manifest.has(id)) {
      manifest.set(id, fingerprint);
    }
    complete &&= id !== undefined;
  }
  return complete;
}
