import assert from 'node:assert/strict';
import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { BOMB_BYTES } from '../../hub/encodings.ts';
import { useSharedHub } from '../support/useHub.ts';

const PATH = '/api/models?author=janhq&expand=siblings';
const ALL = 'br, gzip, zstd, deflate';
const decoders = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync };

describe('Encodings', () => {
  const hub = useSharedHub({ models: 80 });

  /** As it comes over the wire: `fetch` decodes. */
  function ask(accept: string): Promise<{ coding: string | undefined; body: Buffer }> {
    return new Promise((resolve, reject) => {
      const sent = request(hub().url + PATH, { headers: { 'accept-encoding': accept } });
      sent.on('error', reject);
      sent.on('response', (response) => {
        const coding = response.headers['content-encoding'];
        buffer(response).then((body) => resolve({ coding, body }), reject);
      });
      sent.end();
    });
  }

  for (const [accept, coding] of [
    [ALL, 'gzip'],
    ['br, zstd', 'br'],
    ['zstd', 'zstd'],
    ['gzip;q=0, zstd', 'zstd'],
    ['deflate', undefined],
    ['', undefined],
  ] as const) {
    it(`are ${coding ?? 'none'} for those who accept "${accept}"`, async () => {
      assert.equal((await ask(accept)).coding, coding);
    });
  }

  for (const [coding, decode] of Object.entries(decoders)) {
    it(`are ${coding} where a fault says so, for those who accept it`, async () => {
      const plain = (await ask('')).body;
      hub().setFaults({ encoding: coding as keyof typeof decoders });
      const answer = await ask(ALL);
      assert.equal(answer.coding, coding);
      assert.ok(answer.body.length < plain.length / 2);
      assert.deepEqual(decode(answer.body), plain);
      assert.equal((await ask('deflate')).coding, undefined);
    });
  }

  it('may be a bomb', async () => {
    hub().setFaults({ encoding: 'bomb' });
    const { coding, body } = await ask(ALL);
    assert.equal(coding, 'gzip');
    assert.ok(body.length < BOMB_BYTES / 500);
    assert.equal(gunzipSync(body).length, BOMB_BYTES);
  });

  it('that nobody knows are refused', () => {
    const encoding = 'compress' as 'gzip';
    assert.throws(() => hub().setFaults({ encoding }), /one of gzip, br, zstd, bomb/);
    assert.throws(() => hub().setFaults({ rules: [{ encoding }] }), /one of/);
  });
});
