import { z } from 'zod';
import type { Logger } from '../logger.ts';
import type { ModelId, Size } from '../model.ts';
import { parseEntries } from './entries.ts';
import { countSchema, modelIdSchema } from './repository.ts';

interface Row {
  /** `repo:branch`, `author:repo:file.gguf`, or whatever the user imported it as. */
  readonly id: string;
  readonly engine?: string;
}

/** A variant on the disk of the server. Says neither where it came from nor of which commit. */
export interface DownloadedModel extends Row {
  readonly kind: 'downloaded';
  readonly size: Size;
  /** Relative to the server's data folder, or absolute. */
  readonly files: readonly string[];
  /** The same of a vision projector. */
  readonly projector?: string;
  /** Tokens that it is started with. */
  readonly contextLength?: number;
}

/** A variant that the server could fetch. */
export interface DownloadableModel extends Row {
  readonly kind: 'downloadable';
  /** The string that was posted. */
  readonly source: string;
  /** Absent where the server's copy of the Hub's answer cannot be read. */
  readonly repository?: ModelId;
  /** Commit that the server saw when the source was posted. */
  readonly sha?: string;
}

/** A model of a paid service that the server passes requests on to. */
export interface RemoteModel extends Row {
  readonly kind: 'remote';
}

/** One row of `GET /v1/models`. */
export type CortexModel = DownloadedModel | DownloadableModel | RemoteModel;

const row = { id: z.string().min(1), engine: z.string().optional() };
const downloadedSchema = z.object({
  ...row,
  status: z.literal('downloaded'),
  // 0 where the server does not know; null where its YAML held no number.
  size: countSchema.nullish(),
  files: z.array(z.string()).nullish(),
  mmproj: z.string().nullish(),
  ctx_len: countSchema.nullish().catch(undefined),
});
const downloadableSchema = z.object({
  ...row,
  status: z.literal('downloadable'),
  modelSource: z.string(),
  metadata: z.string().optional(),
});
const remoteSchema = z.object({ ...row, status: z.undefined().optional() });
const rowSchema = z.union([downloadedSchema, downloadableSchema, remoteSchema]);

const metadataSchema = z.object({ id: modelIdSchema, sha: z.string().optional() });
type Metadata = z.infer<typeof metadataSchema>;

/** The rows of `GET /v1/models`, three kinds in one list; a bad one is dropped and logged. */
export function parseCortexModels(data: readonly unknown[], logger: Logger): CortexModel[] {
  // Every variant of a repository repeats the same text of many kilobytes.
  const known = new Map<string, Metadata | undefined>();
  const metadataOf = (text = ''): Metadata | undefined => {
    if (!known.has(text)) known.set(text, parseMetadata(text));
    return known.get(text);
  };
  return parseEntries(data, rowSchema, 'cortex', logger).entries.map(({ entry }) => {
    const { id, engine } = entry;
    const named = { id, ...(engine !== undefined && { engine }) };
    switch (entry.status) {
      case 'downloaded':
        return downloadedModel(entry);
      case 'downloadable': {
        const { id: repository, sha } = metadataOf(entry.metadata) ?? {};
        return {
          ...named,
          kind: 'downloadable',
          source: entry.modelSource,
          ...(repository !== undefined && { repository }),
          ...(sha !== undefined && { sha }),
        };
      }
      case undefined:
        return { ...named, kind: 'remote' };
    }
  });
}

/** The variants on a server's disk; of a row that cannot be read its id, if it has one. */
export function parseDownloadedModels(
  data: readonly unknown[],
  logger: Logger,
): { readonly models: readonly DownloadedModel[]; readonly unreadable: readonly string[] } {
  const rows = data.filter((raw) => fieldOf(raw, 'status') === 'downloaded');
  const { entries, unreadable } = parseEntries(rows, downloadedSchema, 'cortex', logger);
  return {
    models: entries.map(({ entry }) => downloadedModel(entry)),
    unreadable: unreadable
      .map((raw) => fieldOf(raw, 'id'))
      .filter((id) => typeof id === 'string')
      .filter((id) => id !== ''),
  };
}

function downloadedModel(row: z.infer<typeof downloadedSchema>): DownloadedModel {
  const { id, engine, size, files, mmproj, ctx_len: contextLength } = row;
  return {
    id,
    ...(engine !== undefined && { engine }),
    kind: 'downloaded',
    size: sizeOf(size),
    files: files ?? [],
    ...(mmproj && { projector: mmproj }),
    ...(contextLength && { contextLength }),
  };
}

function fieldOf(raw: unknown, name: string): unknown {
  return typeof raw === 'object' && raw !== null ? Reflect.get(raw, name) : undefined;
}

/** Cortex writes 0 for a size that it does not know. */
export function sizeOf(bytes: number | null | undefined): Size {
  return bytes ? { sureness: 'exact', bytes } : { sureness: 'unknown' };
}

/**
 * The repository that a variant's id names: `repo:branch` is one of cortexso, the rest bear their
 * author. Undefined for what was imported under a name of the user's own.
 */
export function repositoryOfModel(id: string): ModelId | undefined {
  const parts = id.split(':');
  const [first, second] = parts;
  if (parts.length === 2) return modelIdSchema.safeParse(`cortexso/${first}`).data;
  return parts.length > 2 ? modelIdSchema.safeParse(`${first}/${second}`).data : undefined;
}

function parseMetadata(text: string): Metadata | undefined {
  try {
    return metadataSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // The row tells enough without it.
    return undefined;
  }
}
