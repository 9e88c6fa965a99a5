import { isObject } from './canonical.ts';
import { bodyOf } from './content.ts';
import type { Exchange, Reply } from './exchange.ts';
import { jsonBody, plain } from './exchange.ts';
import { isGgufRecipe } from './gguf.ts';
import type { HubState } from './state.ts';
import type { CommittedFile } from './store.ts';
import type { Packing, Source } from './xet/cas.ts';
import type { Uploaded } from './xet/upload.ts';

const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 0;

function isCommittedFile(value: unknown): value is CommittedFile {
  if (!isObject(value) || typeof value['path'] !== 'string') return false;
  const { size, seed, gguf, xet } = value;
  if (gguf !== undefined && !isGgufRecipe(gguf)) return false;
  if (xet !== undefined && typeof xet !== 'boolean') return false;
  return [size, seed].every((one) => one === undefined || isCount(one));
}

function isPacking(value: unknown): value is Packing {
  if (!isObject(value)) return false;
  const { uploader = '', storedAgain = 0, seed = 0 } = value;
  const isShare = Number(storedAgain) >= 0 && Number(storedAgain) <= 1;
  return typeof uploader === 'string' && isShare && isCount(seed);
}

interface CommitRequest {
  readonly repository: string;
  readonly files: readonly CommittedFile[];
  readonly packing?: Packing;
}

function isCommitRequest(body: unknown): body is CommitRequest {
  if (!isObject(body) || typeof body['repository'] !== 'string') return false;
  const { files, packing = {} } = body;
  return Array.isArray(files) && files.every(isCommittedFile) && isPacking(packing);
}

/** Stores those files of a commit at the CAS that are to be there. @returns what came of it, by path */
function uploadToXet(
  state: HubState,
  sha: string,
  { repository, files, packing }: CommitRequest,
): Record<string, Uploaded> {
  const paths = new Set(files.filter(({ xet }) => xet).map(({ path }) => path));
  const commit = state.store.commitOf(repository, sha);
  const stored = commit?.files.filter(({ path, size }) => paths.has(path) && size !== undefined);
  if (!commit || !stored || stored.length === 0) return {};
  const sources = stored.map((file): Source => {
    return { key: file.key, body: bodyOf(commit.repository, file) };
  });
  const uploaded = state.cas.upload(repository, sources, packing);
  return Object.fromEntries(
    stored.flatMap(({ path, key }) => {
      const one = uploaded.get(key);
      return one ? [[path, one] as const] : [];
    }),
  );
}

/**
 * One more commit: `{"repository": "owner/name", "files": [{"path", "size", "seed", "gguf", "xet"}], "packing"}`.
 * @param word `files`: adds files, whose sizes are needed; `commit`: where no seed is given the
 *   bytes are others than those before
 */
export async function commit(
  state: HubState,
  exchange: Exchange,
  word: 'files' | 'commit',
): Promise<Reply> {
  const body = await jsonBody(exchange).catch(() => undefined);
  if (!isCommitRequest(body)) {
    const form = '{"repository", "files": [{"path", "size", "seed", "gguf", "xet"}], "packing"}';
    return plain(400, { error: `${form} is needed` });
  }
  const { repository: id, files } = body;
  const { store } = state;
  if (!store.publication.repositories.has(id)) return plain(404, { error: `There is no ${id}` });
  const hasSizes = files.every(({ size, gguf }) => size !== undefined || gguf !== undefined);
  const seed = word === 'commit' ? store.commitsOf(id) + 1 : 0;
  const seeded = files.map((file) => ({ seed, ...file }));
  const sha = word === 'commit' || hasSizes ? store.addCommit(id, seeded) : undefined;
  if (sha === undefined) return plain(400, { error: 'A new file needs a size' });
  const xet = uploadToXet(state, sha, body);
  return plain(200, Object.keys(xet).length > 0 ? { sha, xet } : { sha });
}
