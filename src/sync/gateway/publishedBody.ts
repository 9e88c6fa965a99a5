import { z } from 'zod';
import { contentFingerprint } from '../fingerprint.ts';
import type {
  Counters,
  ModelFile,
  ModelRecord,
  Size,
  SourceKey,
  SourceRow,
  Variant,
} from '../model.ts';
import { withoutUndefined } from '../withoutUndefined.ts';
import { contentOf } from './content.ts';
import { parseEntries, refuseEmpty, refuseUnreadable } from './entries.ts';
import { countSchema, gateSchema, idOfEntry, modelIdSchema, shaSchema } from './repository.ts';
import type { Listing, Question } from './source.ts';
import { wholeListing } from './wholeListing.ts';

const sizeSchema: z.ZodType<Size> = z.union([
  z.object({ sureness: z.enum(['exact', 'estimated']), bytes: countSchema }),
  z.object({ sureness: z.literal('unknown') }),
]);
const fileSchema: z.ZodType<ModelFile> = z.object({
  path: z.string(),
  size: sizeSchema,
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .exactOptional(),
});
const variantSchema: z.ZodType<Variant> = z.object({
  name: z.string(),
  quantisation: z.string().exactOptional(),
  files: z.array(fileSchema),
  size: sizeSchema,
  mmproj: fileSchema.exactOptional(),
});

/** Ms since 1970, as far as a date can be from then. */
const timeSchema = z.int().min(-8.64e15).max(8.64e15);

/** A line of a body: what `publish/body.ts` writes, by whoever it was written. */
const lineSchema: z.ZodType<ModelRecord & Counters> = z.object({
  id: modelIdSchema,
  description: z.string().exactOptional(),
  sha: shaSchema.exactOptional(),
  createdAt: timeSchema.exactOptional(),
  lastModified: timeSchema.exactOptional(),
  gated: gateSchema.exactOptional(),
  private: z.boolean().exactOptional(),
  disabled: z.boolean().exactOptional(),
  license: z.string().exactOptional(),
  task: z.string().exactOptional(),
  library: z.string().exactOptional(),
  architecture: z.string().exactOptional(),
  parameters: countSchema.exactOptional(),
  contextLength: countSchema.exactOptional(),
  takesTools: z.boolean().exactOptional(),
  tags: z.array(z.string()).exactOptional(),
  variants: z.array(variantSchema).exactOptional(),
  downloads: countSchema.exactOptional(),
  likes: countSchema.exactOptional(),
  trendingScore: z.number().exactOptional(),
});

/**
 * The listing of a body of a published catalogue: see `catalogueBody` for what that is.
 * @throws SyncError `badAnswer` if it has no lines, or none that is a model
 */
export function listBody(
  body: Buffer,
  origin: SourceKey,
  { manifest, logger }: Pick<Question, 'manifest' | 'logger'>,
  validators: Listing['validators'],
): Listing {
  const lines = body.toString('utf8').split('\n').filter(Boolean).map(parseLine);
  const read = parseEntries(lines, lineSchema, origin, logger);
  refuseEmpty(read, origin);
  refuseUnreadable(read, origin, idOfEntry);
  const rows = read.entries.map(({ entry, raw }) => toRow(entry, raw));
  return wholeListing(rows, read.unreadable, manifest, idOfEntry, validators);
}

function toRow(line: ModelRecord & Counters, raw: Readonly<Record<string, unknown>>): SourceRow {
  const { downloads, likes, trendingScore, ...record } = line;
  const counters = withoutUndefined({ downloads, likes, trendingScore });
  const content = contentOf(raw);
  return { record, counters, content, fingerprint: contentFingerprint(content) };
}

/** A line that is no JSON stays what it is, and is then no model either. */
function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
