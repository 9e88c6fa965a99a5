import assert from 'node:assert/strict';
import { ID, SHA, treeOf, useDetailsRig } from '../support/detailsRig.ts';
import { until } from '../support/until.ts';

const HOUR = 60 * 60_000;

describe('File trees that an older version kept, without what proves files of git', () => {
  const rig = useDetailsRig();

  it('are served, and asked for anew as a whole, once', async () => {
    const { files } = treeOf('m.gguf', 'config.json');
    const old = files.map(({ path, size }) => ({ path, size }));
    const etags: unknown[] = [];
    rig().files = ({ etag }) => {
      etags.push(etag);
      const value = { files: etags.length === 1 ? old : files };
      return Promise.resolve({ unchanged: false, value, etag: '"1"' });
    };
    await rig().service().files(ID, SHA);
    rig().clock.advance(2 * HOUR);
    const details = rig().service();
    assert.deepEqual((await details.files(ID, SHA)).value.files, old);
    await until(() => rig().changed.length === 1);
    assert.deepEqual((await details.files(ID, SHA)).value.files, files);
    rig().clock.advance(1_000 * HOUR);
    assert.deepEqual((await rig().service().files(ID, SHA)).value.files, files);
    assert.deepEqual(etags, [undefined, undefined], 'that it is unchanged would bring nothing');
  });
});
