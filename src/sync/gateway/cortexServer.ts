import { z } from 'zod';
import { canonicalJson } from '../canonicalJson.ts';
import { contentFingerprint } from '../fingerprint.ts';
import type { ModelFile, ModelId, SourceKey, SourceRow, Variant } from '../model.ts';
import { withoutUndefined } from '../withoutUndefined.ts';
import { withoutVolatile } from './content.ts';
import { parseEntries, refuseUnreadable } from './entries.ts';
import {
  modelIdSchema,
  repositoryCounters,
  repositoryRecord,
  repositorySchema,
} from './repository.ts';
import type { Listing, Question, Source } from './source.ts';
import { wholeListing } from './wholeListing.ts';

/** One element of `GET /v1/models/sources`: a repository that was posted to the server. */
const sourceSchema = z.object({
  models: z.array(z.object({ id: z.string(), size: z.number().nonnegative() })).nullable(),
  metadata: repositorySchema
    // Cortex stores what the Hub answered once; old answers lack fields and gate as a boolean.
    .omit({ sha: true, gated: true })
    .extend({
      sha: repositorySchema.shape.sha.optional(),
      gated: z.union([repositorySchema.shape.gated, z.boolean()]).optional(),
    }),
});

type CortexSource = z.infer<typeof sourceSchema>;

/** A Cortex server: one list without paging, ETag or counters to leave out, cheap on loopback. */
export class CortexServer implements Source {
  readonly key: SourceKey = 'cortex';
  readonly #address: URL;

  constructor(endpoint: URL) {
    this.#address = new URL('v1/models/sources', endpoint);
  }

  probe(question: Question): Promise<Listing | undefined> {
    return this.sweep(question);
  }

  async sweep(question: Question): Promise<Listing | undefined> {
    const answer = await question.http.getJson(this.#address);
    if (answer.unchanged) return undefined;
    // A server without sources says `null`; something that is no Cortex says nothing of the kind.
    const { data } = (answer.json ?? {}) as { data?: unknown };
    const list = parseEntries(data === null ? [] : data, sourceSchema, this.key, question.logger);
    refuseUnreadable(list, this.key, idOfRaw);

    const rows = list.entries.map(({ entry, raw }) => toRow(entry, raw));
    return wholeListing(rows, list.unreadable, question.manifest, idOfRaw, {});
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
      variants: (entry.models ?? []).map(toVariant),
    }),
    fingerprint: contentFingerprint(content),
    counters: repositoryCounters(repository),
    content,
  };
}

/** Cortex names variants `repo:branch` or `author:repo:file.gguf`; a size of 0 means unknown. */
function toVariant({ id, size }: { id: string; size: number }): Variant {
  const name = id.slice(id.lastIndexOf(':') + 1);
  const file: ModelFile = {
    path: name,
    size: size === 0 ? { sureness: 'unknown' } : { sureness: 'exact', bytes: size },
  };
  return { name, files: [file], size: file.size };
}

function idOfRaw(raw: unknown): ModelId | undefined {
  const metadata = (raw as { metadata?: { id?: unknown } } | null)?.metadata;
  return modelIdSchema.safeParse(metadata?.id).data;
}
