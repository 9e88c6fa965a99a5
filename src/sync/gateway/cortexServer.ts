import { z } from 'zod';
import { canonicalJson } from '../canonicalJson.ts';
import { contentFingerprint } from '../fingerprint.ts';
import type { ModelFile, ModelId, SourceKey, SourceRow, Variant } from '../model.ts';
import { groupVariants, quantisationOf } from '../variants.ts';
import { withoutUndefined } from '../withoutUndefined.ts';
import { withoutVolatile } from './content.ts';
import { repositoryOfSource } from './cortexApi.ts';
import { sizeOf } from './cortexModels.ts';
import type { CortexServers } from './cortexServers.ts';
import { parseEntries, refuseUnreadable } from './entries.ts';
import {
  countSchema,
  modelIdSchema,
  repositoryCounters,
  repositoryRecord,
  repositorySchema,
} from './repository.ts';
import type { Listing, Question, Source } from './source.ts';
import { wholeListing } from './wholeListing.ts';

/** One element of `GET /v1/models/sources`: a repository that was posted to the server. */
const sourceSchema = z.object({
  models: z.array(z.object({ id: z.string(), size: countSchema.nullish() })).nullable(),
  metadata: repositorySchema
    // Cortex stores what the Hub answered once; old answers lack fields and gate as a boolean.
    .omit({ sha: true, gated: true })
    .extend({
      sha: repositorySchema.shape.sha.optional(),
      gated: z.union([repositorySchema.shape.gated, z.boolean()]).optional(),
    }),
});

type CortexSource = z.infer<typeof sourceSchema>;

/**
 * A Cortex server: one list without paging, ETag or counters to leave out, cheap on loopback. Its
 * sources are its own business, except for those that the user wants it to add.
 */
export class CortexServer implements Source {
  readonly key: SourceKey = 'cortex';
  readonly #servers: CortexServers;

  constructor(servers: CortexServers) {
    this.#servers = servers;
  }

  async probe(question: Question): Promise<Listing> {
    const { api } = await this.#servers.connect(question.http);
    const before = question.http.bytesReceived;
    return this.#listing(await api.sources(question.http), question, before);
  }

  /** Adds what is missing first, so it may take minutes; never more than once a day unasked. */
  async sweep(question: Question): Promise<Listing> {
    const { http, logger } = question;
    const { api, additions } = await this.#servers.connect(http);
    let before = http.bytesReceived;
    const sources = await api.sources(http);
    const listing = this.#listing(sources, question, before);
    const wanted = this.#servers.addSources;
    if (wanted.length === 0) return listing;
    const present = new Set(sources.flatMap(namesOf));
    const added = await additions.addMissing({ wanted, present, http, logger });
    if (added === 0) return listing;
    before = http.bytesReceived;
    return this.#listing(await api.sources(http), question, before);
  }

  /** @param before bytes that were received when it was asked for */
  #listing(sources: readonly unknown[], question: Question, before: number): Listing {
    const { manifest, counters, logger, http } = question;
    // The server keeps its sources in a hash map. Where two are one repository, one has to win.
    const list = parseEntries(sources.toSorted(bySource), sourceSchema, this.key, logger);
    refuseUnreadable(list, this.key, idOfRaw);
    const rows = list.entries.map(({ entry, raw }) => toRow(entry, raw));
    const listing = {
      ...wholeListing(rows, list.unreadable, manifest, idOfRaw, {}),
      wholeBytes: http.bytesReceived - before,
    };
    return counters ? listing : { ...listing, counters: new Map(), counted: false };
  }
}

function toRow(entry: CortexSource, raw: Readonly<Record<string, unknown>>): SourceRow {
  const { gated, ...metadata } = entry.metadata;
  const content = canonicalJson({
    ...withoutVolatile(raw),
    metadata: withoutVolatile(raw['metadata'] as Record<string, unknown>),
  });
  const repository = withoutUndefined({ ...metadata, gated: gated === true ? 'manual' : gated });
  return {
    record: withoutUndefined({
      ...repositoryRecord(repository),
      variants: variantsOf(entry.models ?? []),
    }),
    fingerprint: contentFingerprint(content),
    counters: repositoryCounters(repository),
    content,
  };
}

/**
 * Cortex names what it offers `author:repo:file.gguf`, each part of a split file by itself, or
 * `repo:branch` where cortexso keeps one file in a branch.
 */
function variantsOf(models: NonNullable<CortexSource['models']>): Variant[] {
  const files: ModelFile[] = models.map(({ id, size }) => ({
    path: id.slice(id.lastIndexOf(':') + 1),
    size: sizeOf(size),
  }));
  const branches = files.filter(({ path }) => !isFile(path)).map(variantOfBranch);
  return [...branches, ...groupVariants(files.filter(({ path }) => isFile(path)))];
}

function variantOfBranch(file: ModelFile): Variant {
  const { path, size } = file;
  return withoutUndefined({
    name: path,
    quantisation: quantisationOf(path),
    files: [file],
    size,
  });
}

function isFile(path: string): boolean {
  return /\.gguf$/i.test(path);
}

function bySource(a: unknown, b: unknown): number {
  const [first, second] = [sourceOf(a), sourceOf(b)];
  return first < second ? -1 : Number(first > second);
}

/** What the repository of an element may be called: it may have been renamed since it was posted. */
function namesOf(raw: unknown): ModelId[] {
  return [idOfRaw(raw), repositoryOfSource(sourceOf(raw))].filter((id) => id !== undefined);
}

/** The string that was posted; it tells elements apart. */
function sourceOf(raw: unknown): string {
  const id = (raw as { id?: unknown } | null)?.id;
  return typeof id === 'string' ? id : '';
}

function idOfRaw(raw: unknown): ModelId | undefined {
  const metadata = (raw as { metadata?: { id?: unknown } } | null)?.metadata;
  return modelIdSchema.safeParse(metadata?.id).data;
}
