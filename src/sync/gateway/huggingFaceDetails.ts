import { z } from 'zod';
import { SyncError } from '../errors.ts';
import type { HttpSession } from '../http/httpClient.ts';
import { nextPage } from '../http/link.ts';
import type { ModelDetails, ModelFile, ModelId } from '../model.ts';
import { withoutUndefined } from '../withoutUndefined.ts';
import { parseEntries } from './entries.ts';
import type { Logger } from '../logger.ts';

/** Longer READMEs are cut: no page shows more, and some hold whole data sets. */
const README_BYTES = 512 * 1024;
/** An answer longer than this is no README at all. */
const README_ANSWER_BYTES = 8 * 1024 * 1024;
/** Pages of a file tree that are read; a repository with more files is shown in part. */
const TREE_PAGES = 10;

const treeEntrySchema = z.object({
  type: z.string(),
  path: z.string(),
  size: z.number().nonnegative(),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/) }).optional(),
});

/**
 * The file tree and the README of one revision, from addresses that pin it. Neither touches the
 * bytes of a model file: the Hub would count that as a download.
 * @throws SyncError
 */
export async function fetchHuggingFaceDetails(
  endpoint: URL,
  http: HttpSession,
  logger: Logger,
  id: ModelId,
  revision: string,
  now: number,
): Promise<ModelDetails> {
  const [files, readme] = await Promise.all([
    fetchTree(endpoint, http, logger, id, revision),
    fetchReadme(endpoint, http, id, revision),
  ]);
  return { files, ...readme, fetchedAt: now };
}

async function fetchTree(
  endpoint: URL,
  http: HttpSession,
  logger: Logger,
  id: ModelId,
  revision: string,
): Promise<ModelFile[]> {
  const first = new URL(`api/models/${id}/tree/${revision}?recursive=true`, endpoint);
  const files: ModelFile[] = [];
  let next: URL | undefined = first;
  for (let page = 0; next !== undefined && page < TREE_PAGES; page++) {
    const answer = await http.getJson(next);
    if (answer.unchanged) break;
    const { entries } = parseEntries(answer.json, treeEntrySchema, id, logger);
    for (const { entry } of entries) {
      if (entry.type === 'file') files.push(toFile(entry));
    }
    next = nextPage(answer.headers['link'], first);
  }
  return files;
}

async function fetchReadme(
  endpoint: URL,
  http: HttpSession,
  id: ModelId,
  revision: string,
): Promise<Pick<ModelDetails, 'readme' | 'readmeRefused'>> {
  try {
    const answer = await http.get(new URL(`${id}/resolve/${revision}/README.md`, endpoint), {
      accept: 'text/plain, */*',
      maxBytes: README_ANSWER_BYTES,
    });
    if (answer.unchanged) return {};
    return { readme: answer.body.subarray(0, README_BYTES).toString('utf8') };
  } catch (error) {
    if (SyncError.is(error, 'notFound')) return {};
    // A gated repository shows its files to everyone, but its README only to who was let in.
    const refusals = ['unauthorised', 'forbidden'] as const;
    if (refusals.some((kind) => SyncError.is(error, kind))) return { readmeRefused: true };
    throw error;
  }
}

function toFile({ path, size, lfs }: z.infer<typeof treeEntrySchema>): ModelFile {
  return withoutUndefined({
    path,
    size: { sureness: 'exact' as const, bytes: size },
    sha256: lfs?.oid,
  });
}
