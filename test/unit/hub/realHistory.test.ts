import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { startHub } from '../../hub/hub.ts';
import type { Row } from './support.ts';
import { lacking, truthOf } from './support.ts';

/** Real versions of the catalogue, which lie beside the project on some machines and not on others. */
const FOLDER = fileURLToPath(new URL('../../../../shared/data/jan-catalog/v2', import.meta.url));

describe('The real history of the catalogue, where it is at hand', () => {
  if (!existsSync(FOLDER)) return;

  it('is replayed as it was published', async function () {
    this.timeout(20_000);
    const files = readdirSync(FOLDER)
      .filter((name) => name.endsWith('.json.gz'))
      .sort();
    const hub = await startHub({ catalogueHistory: FOLDER });
    try {
      for (const [index, name] of files.entries()) {
        const [sequence, seconds] = name.split(/[-.]/).map(Number);
        const published = index === 0 ? undefined : hub.advance();
        if (published) {
          const time = new Date((seconds ?? 0) * 1000).toISOString();
          assert.deepEqual(published, { sequence, time, last: index === files.length - 1 });
        }
        const raw = gunzipSync(readFileSync(`${FOLDER}/${name}`)).toString();
        const expected = new Map(
          (JSON.parse(raw) as Row[]).map((row) => [
            `${String(row['developer'])}/${String(row['model_name'])}`,
            lacking(row, 'downloads'),
          ]),
        );
        const truth = truthOf(hub);
        const jan = truth.filter(({ source }) => source === 'jan:v2');
        assert.deepEqual(new Map(jan.map(({ id, content }) => [id, content])), expected, name);
        const hosted = truth.filter(({ source }) => source.startsWith('hf:'));
        assert.deepEqual(hosted.map(({ id }) => id).sort(), [...expected.keys()].sort(), name);
      }
      assert.equal(hub.advance(), undefined);
    } finally {
      await hub.close();
    }
  });
});
