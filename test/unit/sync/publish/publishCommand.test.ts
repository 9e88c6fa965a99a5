import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  isSignedBy,
  parsePointer,
  publicKeyFrom,
  publicKeyText,
} from '../../../../src/sync/publish/pointer.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { useEngine } from '../../support/useEngine.ts';
import { useHub } from '../../support/useHub.ts';

const SCRIPT = fileURLToPath(new URL('../../../../scripts/publishCatalogue.ts', import.meta.url));

/** Runs `npm run publish-catalogue` as a process of its own. */
function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [SCRIPT, ...args], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

describe('npm run publish-catalogue', () => {
  const folder = useTemporaryFolder();
  const out = (): string => join(folder(), 'out');
  const storage = (): string => join(folder(), 'storage');
  const hub = useHub(() => ({ models: 30, versions: 2, published: out() }));
  const open = useEngine(hub);

  it('publishes what a catalogue holds, and says how to follow it', async () => {
    const rig = open({ storage: storage() });
    await rig.sync('jan:v2');
    const { privateKey } = generateKeyPairSync('ed25519');
    const key = join(folder(), 'key.pem');
    writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const args = ['--storage', storage(), '--out', out(), '--key', key];

    const first = await run(...args);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /Published version 1: \d+ models, \d+ bytes, compressed \d+/);
    const text = /published:<address of the folder>#key=([\w-]{43})$/m.exec(first.stdout)?.[1];
    assert.equal(text, publicKeyText(privateKey));
    const pointer = parsePointer(readFileSync(join(out(), 'catalogue.json')), 'test');
    assert.ok(isSignedBy(pointer, publicKeyFrom(text)));

    const second = await run(...args);
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, /Nothing new since version 1/);

    hub().advance();
    await rig.sync('jan:v2');
    const third = await run(...args);
    assert.match(third.stdout, /Published version 2.*\n1 deltas, (\d+) to \1 bytes/);

    const follower = open({ storage: join(folder(), 'follower') });
    const source = `published:${hub().url}/published#key=${text}`;
    assert.equal((await follower.sync(source)).error, undefined);
    assert.equal(follower.reader.count([source]), rig.reader.count(['jan:v2']));
  });

  it('says what is wrong with its arguments', async () => {
    for (const args of [[], ['--out', out()], ['--storage', storage(), '--out', out(), '--x']]) {
      const { code, stderr } = await run(...args);
      assert.equal(code, 1);
      assert.match(stderr, /npm run publish-catalogue -- --storage DIR/);
    }
  });

  it('says what keeps it from publishing', async () => {
    const args = ['--storage', storage(), '--out', out()];
    const empty = await run(...args);
    assert.equal(empty.code, 2);
    assert.match(empty.stderr, /no catalogue in .*npm run sync/);

    await open({ storage: storage() }).sync('jan:v2');
    mkdirSync(out());
    const key = join(folder(), 'key.pem');
    writeFileSync(key, 'no key');
    const unsigned = await run(...args, '--key', key);
    assert.equal(unsigned.code, 2);
    assert.match(unsigned.stderr, /no Ed25519 private key.*openssl genpkey/);
  });
});
