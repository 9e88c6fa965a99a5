import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Reuse } from '../../../src/download/reuse.ts';
import type { Wanted } from '../../../src/download/reuse.ts';
import { rejectsWith } from '../support/assertSyncError.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { bytesOf, MemoryIdentities, planned, sha256, SimpleHasher } from './support.ts';
import { assertBytes } from '../../support/bytes.ts';

describe('Bytes that are on this machine already', () => {
  const folder = useTemporaryFolder();
  const bytes = bytesOf(1, 9_000_000);
  const file = planned('m.gguf', bytes);
  let identities: MemoryIdentities;
  let hasher: SimpleHasher;
  let reuse: Reuse;
  let here: string;
  let target: string;

  beforeEach(() => {
    identities = new MemoryIdentities();
    hasher = new SimpleHasher();
    reuse = new Reuse({ identities, hasher, logger: collectingLogger() });
    here = join(folder(), 'elsewhere.gguf');
    mkdirSync(join(folder(), 'models'));
    target = join(folder(), 'models', 'm.gguf');
  });

  const wanted = (other: Partial<Wanted> = {}): Wanted => ({
    ...{ file, target, onProgress: () => undefined, signal: new AbortController().signal },
    ...other,
  });
  const offer = (content: Uint8Array, ...paths: string[]): void => {
    for (const path of paths) writeFileSync(path, content);
    identities.local.set(file.digest.hex, paths);
  };
  const names = (): string[] => readdirSync(join(folder(), 'models'));

  it('are put in place, proven, with no link to follow', async () => {
    offer(bytes, here);
    assert.equal(await reuse.bringHere(wanted()), true);
    assertBytes(readFileSync(target), bytes);
    assert.equal(hasher.hashed.length, 1);
    assert.deepEqual(names(), ['m.gguf']);
    rmSync(here);
    assertBytes(readFileSync(target), bytes);
  });

  it('are believed unread where the file was hashed before and is still the same', async () => {
    offer(bytes, here);
    const { size, mtimeMs } = statSync(here);
    identities.remember(here, size, Math.trunc(mtimeMs), file.digest.hex);
    assert.equal(await reuse.bringHere(wanted()), true);
    assert.deepEqual(hasher.hashed, []);
    utimesSync(here, 1, 1);
    rmSync(target);
    assert.equal(await reuse.bringHere(wanted()), true);
    assert.equal(hasher.hashed.length, 1);
  });

  it('are not put in place where they are others, as long, than was said', async () => {
    offer(bytesOf(2, bytes.length), here);
    assert.equal(await reuse.bringHere(wanted()), false);
    assert.deepEqual(names(), []);
    assert.ok(existsSync(here), 'what is there is left alone');
  });

  it('are taken from the next file where one is gone, too short, or a folder', async () => {
    const [gone, short, odd, good] = ['gone', 'short', 'odd', 'good'].map((name) =>
      join(folder(), name),
    ) as [string, string, string, string];
    writeFileSync(short, bytes.subarray(1));
    mkdirSync(odd);
    writeFileSync(good, bytes);
    identities.local.set(file.digest.hex, [target, gone, short, odd, good]);
    assert.equal(await reuse.bringHere(wanted()), true);
    assert.equal(sha256(readFileSync(target)), file.digest.hex);
  });

  it('are taken through a link, and are no link themselves', async () => {
    writeFileSync(join(folder(), 'blob'), bytes);
    symlinkSync(join(folder(), 'blob'), here);
    identities.local.set(file.digest.hex, [here]);
    assert.equal(await reuse.bringHere(wanted()), true);
    rmSync(here);
    rmSync(join(folder(), 'blob'));
    assertBytes(readFileSync(target), bytes);
  });

  it('are copied from another disk, can be broken off, and leave nothing then', async () => {
    const share = () => Promise.resolve(false);
    const copying = new Reuse({ identities, hasher, share, logger: collectingLogger() });
    offer(bytes, here);
    const stopping = new AbortController();
    const seen: number[] = [];
    const stopped = wanted({
      signal: stopping.signal,
      onProgress: (now) => {
        seen.push(now);
        stopping.abort();
      },
    });
    await rejectsWith(copying.bringHere(stopped), 'cancelled');
    assert.deepEqual(names(), []);
    assert.ok(seen.length === 1 && seen[0]! < bytes.length, 'it stopped half-way');
    assert.equal(await copying.bringHere(wanted({ onProgress: (now) => seen.push(now) })), true);
    assert.equal(seen.at(-1), bytes.length);
    assert.notEqual(statSync(target).ino, statSync(here).ino);
    assertBytes(readFileSync(target), bytes);
    assert.equal(hasher.hashed.length, 1, 'a copy is proven');
  });

  it('are in place only if they are these', async () => {
    assert.equal(await reuse.provenTime(wanted()), undefined);
    writeFileSync(target, bytes.subarray(1));
    assert.equal(await reuse.provenTime(wanted()), undefined);
    assert.deepEqual(hasher.hashed, [], 'the size says enough');
    writeFileSync(target, bytesOf(3, bytes.length));
    assert.equal(await reuse.provenTime(wanted()), undefined);
    assert.equal(await reuse.provenTime(wanted()), undefined);
    assert.equal(hasher.hashed.length, 1, 'known by then');
    writeFileSync(target, bytes);
    utimesSync(target, 7, 7);
    assert.equal(await reuse.provenTime(wanted()), 7_000);
  });

  it('are in place also where git proves them, and never brought by that', async () => {
    const small = planned('config.json', Buffer.from('{}'), 'git');
    identities.local.set(small.digest.hex, [here]);
    assert.equal(await reuse.bringHere(wanted({ file: small })), false);
    writeFileSync(target, '{}');
    assert.notEqual(await reuse.provenTime(wanted({ file: small })), undefined);
  });
});
