import { z } from 'zod';
import { repositoryFingerprint } from '../fingerprint.ts';
import type { Counters, Gate, ModelId, ModelRecord, SourceRow } from '../model.ts';
import { groupVariants } from '../variants.ts';
import { withoutUndefined } from '../withoutUndefined.ts';
import { contentOf } from './content.ts';

/** `owner/name`, each of the characters that the Hub allows. */
export const modelIdSchema = z
  .string()
  .max(200)
  .regex(/^[\w][\w.-]*\/[\w][\w.-]*$/);

/** The id of an entry that may be readable in nothing else. */
export function idOfEntry(raw: unknown): ModelId | undefined {
  return modelIdSchema.safeParse((raw as { id?: unknown } | null)?.id).data;
}

/** A whole number: the columns of the catalogue hold no other. */
export const countSchema = z.int().nonnegative();
export const gateSchema: z.ZodType<Gate> = z.union([
  z.literal(false),
  z.literal('auto'),
  z.literal('manual'),
]);
export const shaSchema = z.string().regex(/^[0-9a-f]{40}$/);
const date = z.string().transform((text, context) => {
  const time = Date.parse(text);
  if (!Number.isNaN(time)) return time;
  context.addIssue({ code: 'custom', message: 'not a date' });
  return z.NEVER;
});

/** What identifies a repository's content, as it stands in a probe and in a sweep. */
export const identitySchema = z.object({
  id: modelIdSchema,
  sha: shaSchema,
  lastModified: date.optional(),
  gated: gateSchema.optional(),
  private: z.boolean().optional(),
  disabled: z.boolean().optional(),
});

/** The same with what moves all the time. */
export const countedSchema = identitySchema.extend({
  downloads: countSchema.optional(),
  likes: countSchema.optional(),
  trendingScore: z.number().optional(),
});

/** A repository with all the fields that our rows keep: `/api/models` with `RECORD_FIELDS`. */
export const repositorySchema = countedSchema.extend({
  createdAt: date.optional(),
  pipeline_tag: z.string().optional(),
  library_name: z.string().optional(),
  tags: z.array(z.string()).optional(),
  siblings: z.array(z.object({ rfilename: z.string(), size: countSchema.optional() })).optional(),
  gguf: z
    .object({
      total: countSchema.optional(),
      architecture: z.string().optional(),
      context_length: countSchema.optional(),
      chat_template: z.string().optional(),
    })
    .optional(),
});

export type Repository = z.infer<typeof repositorySchema>;

type Counted = Pick<Repository, 'downloads' | 'likes' | 'trendingScore'>;

/** What others, such as Cortex, keep of a repository: its commit may be missing. */
export type KeptRepository = Omit<Repository, 'sha'> & Partial<Pick<Repository, 'sha'>>;

/** `expand` values of the cheap questions: no counter, so that the answer repeats. */
export const IDENTITY_FIELDS = ['sha', 'lastModified', 'gated', 'private', 'disabled'] as const;

/** `expand` values of the question for all counters. */
export const COUNTED_FIELDS = [...IDENTITY_FIELDS, 'downloads', 'likes', 'trendingScore'] as const;

/** `expand` values of a full record. */
export const RECORD_FIELDS = [
  ...COUNTED_FIELDS,
  'author',
  'createdAt',
  'gguf',
  'library_name',
  'pipeline_tag',
  'siblings',
  'tags',
] as const;

/** A repository as a row of the catalogue. */
export function repositoryRow(
  repository: Repository,
  raw: Readonly<Record<string, unknown>>,
): SourceRow {
  return {
    record: repositoryRecord(repository),
    fingerprint: fingerprintOf(repository),
    counters: repositoryCounters(repository),
    content: contentOf(raw),
  };
}

export function fingerprintOf(identity: z.infer<typeof identitySchema>): string {
  const { sha: commit, lastModified, gated, private: isPrivate, disabled } = identity;
  return repositoryFingerprint({
    sha: commit,
    lastModified,
    gated,
    private: isPrivate,
    disabled,
  });
}

export function repositoryCounters(repository: Counted): Counters {
  const { downloads, likes, trendingScore } = repository;
  return withoutUndefined({ downloads, likes, trendingScore });
}

/** A repository in our words. */
export function repositoryRecord(repository: KeptRepository): ModelRecord {
  const { gguf, tags } = repository;
  const template = gguf?.chat_template;
  return withoutUndefined({
    id: repository.id,
    sha: repository.sha,
    createdAt: repository.createdAt,
    lastModified: repository.lastModified,
    gated: repository.gated,
    private: repository.private,
    disabled: repository.disabled,
    license: tags?.find((tag) => tag.startsWith('license:'))?.slice('license:'.length),
    task: repository.pipeline_tag,
    library: repository.library_name,
    architecture: gguf?.architecture,
    parameters: gguf?.total,
    contextLength: gguf?.context_length,
    takesTools: template === undefined ? undefined : /\btools?\b/.test(template),
    tags,
    variants: repository.siblings && groupVariants(filesOf(repository.siblings)),
  });
}

function filesOf(
  siblings: NonNullable<Repository['siblings']>,
): Parameters<typeof groupVariants>[0] {
  return siblings.map(({ rfilename, size }) => ({
    path: rfilename,
    size: size === undefined ? { sureness: 'unknown' } : { sureness: 'exact', bytes: size },
  }));
}
