/** Compares a dump with the raw version files. Shares no code with the hub or the engine. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Expected, RawHistory } from './rawHistory.ts';
import { inOrder } from './rawHistory.ts';

type Content = Record<string, Parameters<typeof inOrder>[0]>;

interface Line {
  readonly source: string;
  readonly id: string;
  readonly content: Content;
}

const COUNTERS = ['downloads', 'likes', 'trendingScore'];

/** Fails unless the dump holds exactly what is published at the present version. */
export function checkDump(dump: string, history: RawHistory): void {
  const lines = read(dump);
  const bySource = Map.groupBy(lines, ({ source }) => source.split(':')[0]);
  checkCatalogues(bySource.get('jan') ?? [], history);
  checkRepositories(bySource.get('hf') ?? [], history);
  checkCortex(bySource.get('cortex') ?? [], history);
  assert.deepEqual(
    [...bySource.keys()].filter((kind) => !/^(jan|hf|cortex)$/.test(kind!)),
    [],
  );
}

function read(dump: string): Line[] {
  assert.ok(dump === '' || dump.endsWith('\n'), 'the last line has no end');
  const texts = dump.split('\n').slice(0, -1);
  const lines = texts.map((text) => {
    const line = JSON.parse(text) as Line;
    const { source, id, content } = line;
    const members = [`"source":${JSON.stringify(source)}`, `"id":${JSON.stringify(id)}`];
    assert.equal(text, `{${members.join()},"content":${inOrder(content)}}`, 'not in order');
    for (const counter of COUNTERS) assert.ok(!(counter in content), `${id} has ${counter}`);
    return line;
  });
  const keys = lines.map(({ source, id }) => `${source}\n${id}`);
  assert.deepEqual(keys, [...new Set(keys)].sort(), 'not sorted, or something twice');
  return lines;
}

function checkIds(lines: readonly Line[], expected: readonly string[], where: string): void {
  const found = lines.map(({ id }) => id);
  const missing = expected.filter((id) => !found.includes(id));
  const left = found.filter((id) => !expected.includes(id));
  assert.deepEqual({ where, missing, left }, { where, missing: [], left: [] });
}

function checkCatalogues(lines: readonly Line[], history: RawHistory): void {
  for (const name of ['v1', 'v2'] as const) {
    const expected = new Map<string, string>();
    for (const [id, record] of history.catalogue(name)) {
      const kept = Object.entries(record).filter(([key]) => !COUNTERS.includes(key));
      expected.set(id, inOrder(Object.fromEntries(kept)));
    }
    const found = lines.filter(({ source }) => source === `jan:${name}`);
    checkIds(found, [...expected.keys()], `jan:${name}`);
    for (const { id, content } of found) assert.equal(inOrder(content), expected.get(id), id);
  }
}

function checkRepositories(lines: readonly Line[], history: RawHistory): void {
  const { repositories } = history;
  checkIds(lines, [...repositories.keys()], 'hf');
  for (const { source, id, content } of lines) {
    const [author] = id.split('/') as [string];
    assert.equal(source, `hf:${author}`);
    const { siblings, tags, gguf, pipeline_tag, ...rest } = content;
    const expected = repositories.get(id)!;
    assert.deepEqual(rest, repositoryOf(id, author, expected), id);
    const paths = (siblings as { rfilename: string }[]).map(({ rfilename }) => rfilename);
    assert.deepEqual(paths.sort(), pathsOf(expected.record), id);
    assert.equal(typeof pipeline_tag, 'string');
    assert.ok(
      (tags as string[]).some((tag) => tag.startsWith('license:')),
      id,
    );
    const hasGguf = paths.some((path) => path.endsWith('.gguf'));
    assert.equal(gguf !== undefined, hasGguf, id);
    if (hasGguf) assert.deepEqual('chat_template' in (gguf as object), false, id);
  }
}

function repositoryOf(
  id: string,
  author: string,
  { sha, lastModified, record }: Expected,
): Record<string, unknown> {
  const said = record['createdAt'];
  const createdAt = typeof said === 'string' ? Date.parse(said) : NaN;
  const isMlx = record['safetensors_files'] !== undefined;
  return {
    _id: createHash('sha1').update(id).digest('hex').slice(0, 24),
    id,
    author,
    sha,
    lastModified,
    createdAt: new Date(
      Number.isNaN(createdAt) ? '2022-03-02T23:29:04.000Z' : createdAt,
    ).toISOString(),
    gated: false,
    private: false,
    disabled: false,
    library_name: record['library_name'] ?? (isMlx ? 'mlx' : 'gguf'),
  };
}

/** The paths that the links of a record lead to, and what every repository has. */
function pathsOf(record: Expected['record']): string[] {
  const paths = new Set(['.gitattributes', 'README.md']);
  if (record['safetensors_files'] !== undefined) paths.add('config.json');
  for (const list of ['quants', 'mmproj_models', 'safetensors_files']) {
    for (const { path } of (record[list] ?? []) as { path: string }[]) {
      const [, rest] = path.split(/\/resolve\/main\/(.*)/s);
      if (rest !== undefined) paths.add(decoded(rest.split('?')[0]!));
    }
  }
  return [...paths].sort();
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function checkCortex(lines: readonly Line[], history: RawHistory): void {
  const withGguf = [...history.repositories]
    .filter(([, { record }]) => pathsOf(record).some((path) => path.endsWith('.gguf')))
    .map(([id]) => id)
    .sort();
  const own = withGguf.filter((id) => id.startsWith('cortexso/'));
  const firstOfEach = new Map<string, string>();
  for (const id of withGguf) {
    const [author] = id.split('/') as [string];
    if (!firstOfEach.has(author)) firstOfEach.set(author, id);
  }
  const standIns = [...firstOfEach].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, 5);
  const expected = own.length > 0 ? own : standIns.map(([, id]) => id);
  checkIds(lines, expected, 'cortex');
  for (const { id, content } of lines) {
    const metadata = content['metadata'] as Content;
    assert.equal(metadata['sha'], history.repositories.get(id)!.sha, id);
    for (const counter of COUNTERS) assert.ok(!(counter in metadata), `${id} has ${counter}`);
    assert.ok(!('chat_template' in ((metadata['gguf'] ?? {}) as object)), id);
  }
}
