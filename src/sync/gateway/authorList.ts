import type { ZodType } from 'zod';
import type { Logger } from '../logger.ts';
import type { Counters, ModelId, SourceRow } from '../model.ts';
import { authorOf } from '../modelId.ts';
import type { Entries } from './entries.ts';
import { parseEntries } from './entries.ts';
import {
  COUNTED_FIELDS,
  countedSchema,
  fingerprintOf,
  IDENTITY_FIELDS,
  identitySchema,
  RECORD_FIELDS,
  repositoryCounters,
  repositoryRow,
  repositorySchema,
} from './repository.ts';

/** The most rows that the Hub sends as one page. */
const FULL_PAGE = 1_000;

/** What one row of the list tells, whichever fields were asked for. */
export interface ListedModel {
  readonly id: ModelId;
  readonly fingerprint: string;
  /** Ms since 1970. */
  readonly lastModified?: number | undefined;
  readonly counters?: Counters;
  readonly row?: SourceRow;
}

/** One of the ways to ask for the list: more fields cost more bytes, and counters an ETag. */
export interface Projection {
  readonly fields: readonly string[];
  readonly read: (list: unknown, origin: string, logger: Logger) => Entries<ListedModel>;
}

/** What tells that something changed: repeats as long as nothing does. */
export const IDENTITY = projection(IDENTITY_FIELDS, identitySchema, (entry) => ({
  id: entry.id,
  fingerprint: fingerprintOf(entry),
  lastModified: entry.lastModified,
}));

/** The same with the counters. */
export const COUNTED = projection(COUNTED_FIELDS, countedSchema, (entry) => ({
  id: entry.id,
  fingerprint: fingerprintOf(entry),
  lastModified: entry.lastModified,
  counters: repositoryCounters(entry),
}));

/** All that the catalogue keeps. */
export const RECORDS = projection(RECORD_FIELDS, repositorySchema, (entry, raw) => {
  const row = repositoryRow(entry, raw);
  const { fingerprint, counters } = row;
  return { id: entry.id, fingerprint, lastModified: entry.lastModified, counters, row };
});

function projection<T>(
  fields: readonly string[],
  schema: ZodType<T>,
  listed: (entry: T, raw: Readonly<Record<string, unknown>>) => ListedModel,
): Projection {
  const read: Projection['read'] = (list, origin, logger) => {
    const { entries, unreadable } = parseEntries(list, schema, origin, logger);
    return {
      entries: entries.map(({ entry, raw }) => ({ entry: listed(entry, raw), raw })),
      unreadable,
    };
  };
  return { fields, read };
}

/** Addresses of the models of one author. */
export class AuthorList {
  readonly author: string;
  readonly endpoint: URL;

  constructor(author: string, endpoint: URL) {
    this.author = author;
    this.endpoint = endpoint;
  }

  /** The first page of the list, newest change first. */
  page({ fields }: Projection, rows: number): URL {
    const address = new URL('api/models', this.endpoint);
    address.searchParams.set('author', this.author);
    address.searchParams.set('sort', 'lastModified');
    address.searchParams.set('limit', String(rows));
    for (const field of fields) address.searchParams.append('expand', field);
    return address;
  }

  /** The full record of one model. */
  record(id: ModelId): URL {
    const address = new URL(`api/models/${id}`, this.endpoint);
    for (const field of RECORDS.fields) address.searchParams.append('expand', field);
    return address;
  }

  /** Whether a model is one of this author's. */
  owns(id: ModelId): boolean {
    return authorOf(id).toLowerCase() === this.author.toLowerCase();
  }
}

/** Rows of a page where all are wanted. */
export function fullPage(pageRows = FULL_PAGE): number {
  return Math.max(1, Math.min(pageRows, FULL_PAGE));
}
