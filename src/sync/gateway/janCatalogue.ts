import { z } from 'zod';
import { SyncError } from '../errors.ts';
import { contentFingerprint } from '../fingerprint.ts';
import { JSON_TYPE } from '../http/httpClient.ts';
import type {
  Counters,
  ModelFile,
  ModelId,
  ModelRecord,
  SourceKey,
  SourceRow,
  Validators,
} from '../model.ts';
import { groupVariants } from '../variants.ts';
import { withoutUndefined } from '../withoutUndefined.ts';
import { contentOf } from './content.ts';
import { parseEntries, refuseEmpty, refuseUnreadable } from './entries.ts';
import { countSchema, modelIdSchema } from './repository.ts';
import { parseSizeText } from './sizeText.ts';
import type { Listing, Question, Source } from './source.ts';
import { wholeListing } from './wholeListing.ts';

export type JanVersion = 'v1' | 'v2';

const FILES: Readonly<Record<JanVersion, string>> = {
  v1: 'model_catalog.json',
  v2: 'model_catalog_v2.json',
};

const fileSchema = z.object({ path: z.string(), file_size: z.string().optional() });
const filesSchema = z.array(fileSchema).optional();

/** An entry of either version; MLX entries have `safetensors_files` in the place of `quants`. */
const entrySchema = z
  .object({
    developer: z.string(),
    model_name: z.string(),
    description: z.string().optional(),
    downloads: countSchema.optional(),
    createdAt: z.string().optional(),
    tools: z.boolean().optional(),
    library_name: z.string().optional(),
    quants: filesSchema,
    mmproj_models: filesSchema,
    safetensors_files: filesSchema,
  })
  .refine((entry) => modelIdSchema.safeParse(idOfEntry(entry)).success, {
    message: 'developer and model_name are no repository name',
  });

type Entry = z.infer<typeof entrySchema>;

/** Jan's catalogue: one static file, asked for with its ETag. Probe and sweep are the same. */
export class JanCatalogue implements Source {
  readonly key: SourceKey;
  readonly #address: URL;

  constructor(version: JanVersion, folder: URL) {
    this.key = `jan:${version}`;
    this.#address = new URL(FILES[version], folder);
  }

  probe(question: Question): Promise<Listing | undefined> {
    return this.sweep(question);
  }

  async sweep(question: Question): Promise<Listing | undefined> {
    const { file: known, deaf } = question.validators;
    if (deaf !== undefined && (await this.#isStill(known, question))) return undefined;
    const before = question.http.bytesReceived;
    const answer = await question.http.getJson(this.#address, { etag: known });
    if (answer.unchanged) return undefined;
    const file = parseEntries(answer.json, entrySchema, this.key, question.logger);
    refuseEmpty(file, this.key);
    refuseUnreadable(file, this.key, idOfRaw);

    const rows = file.entries.map(({ entry, raw }) => toRow(entry, raw));
    const { etag } = answer.headers;
    const sentInVain = etag !== undefined && etag === known;
    const validators: Validators = {
      ...(etag !== undefined && { file: etag }),
      ...(etag !== undefined && (sentInVain || deaf !== undefined) && { deaf: 'true' }),
    };
    const listing = wholeListing(rows, file.unreadable, question.manifest, idOfRaw, validators);
    return { ...listing, wholeBytes: question.http.bytesReceived - before };
  }

  /**
   * Whether the file still bears this mark, by a question that brings no body: for servers that
   * were seen to send the whole file anew although it was the one that the ETag named.
   */
  async #isStill(etag: string | undefined, { http, logger }: Question): Promise<boolean> {
    if (etag === undefined) return false;
    try {
      return (await http.etagOf(this.#address, JSON_TYPE)) === etag;
    } catch (error) {
      if (http.signal.aborted || !SyncError.is(error) || error.status === undefined) throw error;
      // Not every server that sends files knows HEAD.
      logger.debug(`${this.key}: ${error.message}`);
      return false;
    }
  }
}

function toRow(entry: Entry, raw: Readonly<Record<string, unknown>>): SourceRow {
  const content = contentOf(raw);
  const counters: Counters = withoutUndefined({ downloads: entry.downloads });
  return { record: toRecord(entry), fingerprint: contentFingerprint(content), counters, content };
}

function toRecord(entry: Entry): ModelRecord {
  const createdAt = Date.parse(entry.createdAt ?? '');
  const files = [entry.quants, entry.mmproj_models, entry.safetensors_files].flatMap((list) =>
    (list ?? []).map(toFile).filter((file) => file !== undefined),
  );
  return withoutUndefined({
    id: idOfEntry(entry),
    description: entry.description === '' ? undefined : entry.description,
    createdAt: Number.isNaN(createdAt) ? undefined : createdAt,
    library: entry.library_name,
    takesTools: entry.tools,
    variants: groupVariants(files),
  });
}

/** The file that an address such as `https://huggingface.co/o/n/resolve/main/x.gguf` points at. */
function toFile({ path, file_size }: z.infer<typeof fileSchema>): ModelFile | undefined {
  const encoded = /\/resolve\/[^/]+\/([^?#]+)/.exec(path)?.[1];
  if (encoded === undefined) return undefined;
  return { path: decoded(encoded), size: parseSizeText(file_size) };
}

/** Some addresses hold a bare `%`, so they stand there undecoded. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function idOfEntry(entry: { developer: string; model_name: string }): ModelId {
  return `${entry.developer}/${entry.model_name}`;
}

function idOfRaw(raw: unknown): ModelId | undefined {
  const named = z.object({ developer: z.string(), model_name: z.string() }).safeParse(raw).data;
  return named === undefined ? undefined : modelIdSchema.safeParse(idOfEntry(named)).data;
}
