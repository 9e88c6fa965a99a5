import assert from 'node:assert/strict';
import { CortexServer } from '../../../../src/sync/gateway/cortexServer.ts';
import { HuggingFaceAuthor } from '../../../../src/sync/gateway/huggingFaceAuthor.ts';
import { JanCatalogue } from '../../../../src/sync/gateway/janCatalogue.ts';
import { openSource } from '../../../../src/sync/gateway/openSource.ts';
import { assertSyncError } from '../../support/assertSyncError.ts';

const endpoints = {
  huggingFace: new URL('https://hub.example/'),
  janCatalogue: new URL('https://jan.example/main/'),
  cortex: new URL('http://127.0.0.1:39281/'),
};

describe('The key of a source', () => {
  for (const [key, kind] of [
    ['hf:janhq', HuggingFaceAuthor],
    ['hf:mlx-community', HuggingFaceAuthor],
    ['hf:a.b_c-1', HuggingFaceAuthor],
    ['jan:v1', JanCatalogue],
    ['jan:v2', JanCatalogue],
    ['cortex', CortexServer],
  ] as const) {
    it(`${key} names an upstream`, () => {
      const source = openSource(key, endpoints);
      assert.ok(source instanceof kind);
      assert.equal(source.key, key);
    });
  }

  for (const key of [
    '',
    'hf:',
    'hf:../x',
    'hf:a/b',
    'hf:-a',
    'jan:v3',
    'jan',
    'cortex:1',
    'HF:a',
  ]) {
    it(`${JSON.stringify(key)} names none`, () => {
      assert.throws(
        () => openSource(key, endpoints),
        (error) => assertSyncError(error, 'notFound', /is no source\. Write hf:<author>/),
      );
    });
  }
});
