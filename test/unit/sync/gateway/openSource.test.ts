import assert from 'node:assert/strict';
import { CortexServer } from '../../../../src/sync/gateway/cortexServer.ts';
import { CortexServers } from '../../../../src/sync/gateway/cortexServers.ts';
import { HuggingFaceAuthor } from '../../../../src/sync/gateway/huggingFaceAuthor.ts';
import { JanCatalogue } from '../../../../src/sync/gateway/janCatalogue.ts';
import { PublishedCatalogue } from '../../../../src/sync/gateway/publishedCatalogue.ts';
import { openSource } from '../../../../src/sync/gateway/openSource.ts';
import { assertSyncError } from '../../support/assertSyncError.ts';
import { FakeClock } from '../../support/fakeClock.ts';

const endpoints = {
  huggingFace: new URL('https://hub.example/'),
  janCatalogue: new URL('https://jan.example/main/'),
  cortex: new CortexServers({ settings: () => ({ addSources: [] }), clock: new FakeClock() }),
};

describe('The key of a source', () => {
  for (const [key, kind] of [
    ['hf:janhq', HuggingFaceAuthor],
    ['hf:mlx-community', HuggingFaceAuthor],
    ['hf:a.b_c-1', HuggingFaceAuthor],
    ['jan:v1', JanCatalogue],
    ['jan:v2', JanCatalogue],
    ['cortex', CortexServer],
    ['published:https://models.example/catalogue', PublishedCatalogue],
    [`published:http://10.0.0.1:8000/#key=${'A'.repeat(43)}`, PublishedCatalogue],
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
    'published:',
    'published:models.example',
    'published:ftp://models.example/',
    'published:https://[/',
    'published:https://models.example/#key=',
    `published:https://models.example/#kee=${'A'.repeat(43)}`,
    `published:https://models.example/#key=${'A'.repeat(42)}`,
  ]) {
    it(`${JSON.stringify(key)} names none`, () => {
      assert.throws(
        () => openSource(key, endpoints),
        (error) => assertSyncError(error, 'notFound', /is no source\. Write hf:<author>/),
      );
    });
  }
});
