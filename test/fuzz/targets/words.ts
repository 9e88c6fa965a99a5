import assert from 'node:assert/strict';
import { join, resolve, sep } from 'node:path';
import fc from 'fast-check';
import { safePaths } from '../../../src/download/safePath.ts';
import { isJanId, janIdOf } from '../../../src/jan/janId.ts';
import { completeQuery } from '../../../src/sync/query/completeQuery.ts';
import { FLAGS, KEYS } from '../../../src/sync/query/modelQuery.ts';
import { parseQuery, printQuery } from '../../../src/sync/query/parseQuery.ts';
import { modelAddress, resolveImage, resolveLink } from '../../../src/views/details/links.ts';
import { parseModelLink, shownAddress } from '../../../src/views/links/modelLink.ts';
import { pastedModel } from '../../../src/views/search/pastedModel.ts';
import { orTypedError } from '../holds.ts';
import { fileName, name } from '../inputs/hub.ts';
import { anyText, damagedText } from '../inputs/text.ts';
import { target } from '../target.ts';

const range = fc
  .tuple(fc.constantFrom('<', '<=', '>', '>=', ''), fc.nat(), fc.constantFrom('', 'gb', 'kib', 'b'))
  .map((parts) => parts.join(''));
const value = fc.oneof(name, range, fc.constantFrom('newest', '"a b"', '4gb..8gb', '0', '1e3'));
const word = fc.oneof(
  fc.constantFrom(...FLAGS).map((flag) => `@${flag}`),
  fc.constantFrom(...FLAGS).map((flag) => `-@${flag}`),
  fc.tuple(fc.constantFrom(...KEYS, 'licence', 'hf'), value).map((pair) => pair.join(':')),
  fc.tuple(fc.constantFrom(...KEYS), value).map(([key, one]) => `@${key}:${one}`),
  name,
  anyText,
);
const words = fc.array(word, { maxLength: 5 }).map((list) => list.join(' '));

/** What a user looks for. */
export const query = target({
  name: 'query',
  reads: 'the query language',
  inputs: damagedText(words),
  size: (text) => text.length,
  check: (text) => {
    const { query: asked, problems } = parseQuery(text);
    for (const { start, end, word: written } of problems)
      assert.equal(text.slice(start, end), written);
    const printed = printQuery(asked);
    const again = parseQuery(printed);
    assert.deepEqual(again.problems, [], printed);
    assert.deepEqual(again.query, asked, printed);
    assert.equal(printQuery(again.query), printed);
    for (const number of [asked.filters.minBytes, asked.filters.maxParameters])
      assert.ok(Number.isSafeInteger(number ?? 0));
    const completion = completeQuery(text, text.length, () => ['a b', '"', 'ﷺ']);
    if (completion !== undefined) assert.ok(completion.start < completion.end);
  },
});

const MODEL = /^\w[\w.-]*\/\w[\w.-]*$/;
const link = fc.tuple(
  damagedText(fc.tuple(name, name).map((parts) => `/model/${parts.join('/')}`)),
  damagedText(fc.tuple(name, name, fileName).map(([a, b, c]) => `id=${a}/${b}&variant=${c}`)),
);

/** Links that open a model in the editor, and what is pasted into the search. */
export const modelLinks = target({
  name: 'vscode-link',
  reads: 'links that open a model, and names of models that are pasted',
  inputs: link,
  size: ([path, asked]) => path.length + asked.length,
  check: ([path, asked]) => {
    for (const address of [
      { path, query: asked },
      { path: '/model', query: asked },
      { path, query: '' },
    ]) {
      const found = parseModelLink(address);
      assert.match(found?.id ?? 'a/b', MODEL);
      assert.ok(!`${found?.id ?? ''} ${found?.variant ?? ''}`.includes('..'));
      assert.doesNotMatch(found?.variant ?? '', /[/\\\p{C}]/u);
      const length = address.path.length + address.query.length;
      assert.ok(length <= 512 || found === undefined);
      assert.match(shownAddress(address), /^[\x20-\x7e�…]{0,81}$/);
      assert.doesNotMatch(shownAddress(address), /[[\]()]/);
    }
    const hub = 'https://huggingface.co';
    for (const text of [path, `${hub}${path.slice('/model'.length)}`, `ollama run hf.co${path}`]) {
      const pasted = pastedModel(text, hub);
      assert.match(pasted ?? 'a/b', MODEL);
      if (pasted !== undefined) assert.equal(new URL(modelAddress(hub, pasted)).origin, hub);
    }
  },
});

const BASE = 'https://huggingface.co/a/b/blob/main/';
const href = fc.oneof(
  fc.webUrl(),
  fc.constantFrom('command:x', 'vscode://a.b/c', 'file:///etc/passwd', 'data:text/html,x', '//x'),
  fc.constantFrom('javascript:alert(1)', 'JaVaScRiPt:x', 'vscode-insiders:x', 'blob:x', '#a', '?a'),
  fileName,
);

/** Links and pictures of READMEs. */
export const readmeLinks = target({
  name: 'readme-link',
  reads: 'links and pictures of READMEs',
  inputs: damagedText(href),
  size: (text) => text.length,
  check: (text) => {
    const opened = resolveLink(text, BASE);
    assert.match(opened ?? 'https:', /^(?:https?|mailto):/);
    assert.match(resolveImage(text, BASE) ?? 'https:', /^https:/);
    for (const found of [opened, resolveImage(text, BASE)])
      assert.ok(found === undefined || URL.canParse(found));
  },
});

const path = damagedText(
  fc
    .array(fc.oneof(fileName, name), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('/')),
);

/** Names of files in repositories, and what Jan calls them. */
export const fileNames = target({
  name: 'file-names',
  reads: 'names of files in repositories',
  inputs: fc.array(path, { minLength: 1, maxLength: 3 }),
  size: (paths) => paths.join('').length,
  check: async (paths) => {
    const folder = resolve('/models/a');
    const places = await orTypedError(() => safePaths(folder, paths));
    for (const place of places ?? []) {
      assert.ok(place.startsWith(folder + sep) && resolve(place) === place, place);
      assert.doesNotMatch(place, /[\p{Cc}<>:"|?*]/u);
      assert.ok(Buffer.byteLength(place) <= 1_024);
    }
    const spelt = (places ?? []).map((place) => place.normalize('NFKC').toLowerCase());
    assert.equal(new Set(spelt).size, spelt.length, 'two files share a place');
    for (const one of paths) {
      const id = janIdOf(one, paths[0]);
      if (id === undefined) continue;
      assert.ok(isJanId(id) && resolve(join(folder, id)).startsWith(folder + sep), id);
    }
  },
});
