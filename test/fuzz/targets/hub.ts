import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Question } from '../../../src/sync/gateway/source.ts';
import { HuggingFaceAuthor } from '../../../src/sync/gateway/huggingFaceAuthor.ts';
import { HuggingFaceDetails } from '../../../src/sync/gateway/huggingFaceDetails.ts';
import { HuggingFaceSearch } from '../../../src/sync/gateway/huggingFaceSearch.ts';
import type { CannedAnswer } from '../answers.ts';
import { cannedSession, ENDPOINT, NO_LOGGER } from '../answers.ts';
import { assertFile, assertListing, orTypedError } from '../holds.ts';
import { commit, repository, sha256, treeEntry } from '../inputs/hub.ts';
import { jsonBody, listBody } from '../inputs/json.ts';
import { target } from '../target.ts';

const MODEL = 'author/model';
const REVISION = 'main';

/** A question of somebody who knows nothing yet. */
export function firstQuestion(...answers: readonly CannedAnswer[]): Question {
  return {
    ...{ manifest: new Map(), times: new Map(), first: true, counters: true, validators: {} },
    ...{ http: cannedSession(...answers), logger: NO_LOGGER },
  };
}

/** The list of an author's models, all fields of it. */
export const hubList = target({
  name: 'hub-list',
  reads: 'the list of models of the Hub',
  inputs: listBody(repository, ({ id }) => id),
  size: ({ bytes }) => bytes.length,
  check: async ({ bytes, whole, isList }) => {
    const source = new HuggingFaceAuthor('author', ENDPOINT);
    const listing = await orTypedError(() => source.sweep(firstQuestion({ body: bytes })));
    if (listing === undefined) {
      assert.ok(!isList || whole.length === 0, 'what was well in the list got lost');
      return;
    }
    const rows = await assertListing(source.key, listing);
    if (!isList) return;
    for (const entry of whole) {
      const row = rows.get(entry.id);
      assert.ok(row !== undefined, `${entry.id} got lost`);
      assert.equal(row.record.sha, Reflect.get(entry, 'sha'));
      assert.equal(row.counters.downloads, Reflect.get(entry, 'downloads'));
      assert.equal(row.record.task, Reflect.get(entry, 'pipeline_tag'));
    }
  },
});

/** One model, as it is looked up. */
export const hubModel = target({
  name: 'hub-model',
  reads: 'the record of one model of the Hub',
  inputs: jsonBody(repository),
  size: ({ bytes }) => bytes.length,
  check: async ({ bytes }) => {
    const search = new HuggingFaceSearch(ENDPOINT, NO_LOGGER);
    const model = await orTypedError(() => search.lookUp(cannedSession({ body: bytes }), MODEL));
    if (model === undefined) return;
    assert.equal(`${model.author}/${model.name}`, model.id);
    for (const { files } of model.variants ?? []) for (const file of files) assertFile(file);
  },
});

/** A file tree of one page. */
export const hubTree = target({
  name: 'hub-tree',
  reads: 'the file tree of a model',
  inputs: listBody(treeEntry, ({ path }) => path),
  size: ({ bytes }) => bytes.length,
  check: async ({ bytes, whole, isList }) => {
    const details = new HuggingFaceDetails(ENDPOINT, NO_LOGGER);
    const question = { http: cannedSession({ body: bytes }), id: MODEL, revision: REVISION };
    const fetched = await orTypedError(() => details.files(question));
    if (fetched === undefined || fetched.unchanged) {
      assert.ok(!isList, 'a tree got lost');
      return;
    }
    const { files } = fetched.value;
    for (const file of files) assertFile(file);
    if (!isList) return;
    const paths = new Set(files.map(({ path }) => path));
    for (const { type, path } of whole) assert.ok(type !== 'file' || paths.has(path), path);
  },
});

/** The last commits of a model. */
export const hubCommits = target({
  name: 'hub-commits',
  reads: 'the commits of a model',
  inputs: listBody(
    fc.record({ id: commit, title: fc.string(), date: fc.constant('2026-01-01T00:00:00Z') }),
    ({ id }) => id,
  ),
  size: ({ bytes }) => bytes.length,
  check: async ({ bytes, whole, isList }) => {
    const details = new HuggingFaceDetails(ENDPOINT, NO_LOGGER);
    const question = { http: cannedSession({ body: bytes }), id: MODEL, revision: REVISION };
    const commits = await orTypedError(() => details.commits(question, 3));
    assert.ok(commits !== undefined || !isList);
    for (const id of commits ?? []) assert.match(id, /^[0-9a-f]{40}$/);
    assert.ok((commits ?? []).length <= 3);
    if (isList && whole.length > 0) assert.ok((commits ?? []).length > 0);
  },
});

/** Single files, as they are asked for by their paths. */
export const hubPaths = target({
  name: 'hub-paths',
  reads: 'single files of a model',
  inputs: jsonBody(fc.array(fc.oneof(treeEntry, fc.record({ path: sha256, xetHash: sha256 })))),
  size: ({ bytes }) => bytes.length,
  check: async ({ bytes }) => {
    const details = new HuggingFaceDetails(ENDPOINT, NO_LOGGER);
    const question = { http: cannedSession({ body: bytes }), id: MODEL, revision: REVISION };
    const found = await orTypedError(() => details.pathsInfo(question, ['a']));
    for (const [path, file] of found ?? []) {
      assert.equal(path, file.path);
      assertFile(file);
    }
  },
});
