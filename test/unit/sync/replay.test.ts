import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Hub } from '../../hub/hub.ts';
import { startHub } from '../../hub/hub.ts';
import { BACKGROUND_INTERVAL } from '../../../src/sync/strategy/policy.ts';
import { randomNumbers, seedOfRun } from '../support/random.ts';
import { checkDump } from '../support/replay/checkDump.ts';
import { makeHistory } from '../support/replay/makeHistory.ts';
import { RawHistory } from '../support/replay/rawHistory.ts';
import { runSync } from '../support/runSync.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { sourcesOf, useEngine } from '../support/useEngine.ts';

/** Real versions of the catalogue, which lie beside the project on some machines. */
const REAL = fileURLToPath(new URL('../../../../shared/data/jan-catalog', import.meta.url));
/** Some of them: neighbours, and steps of months. */
const SLICE = { v1: [1, 2, 100], v2: [1, 2, 20] };

describe('A replayed history', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let hub: Hub | undefined;
  afterEach(async () => {
    await hub?.close();
    hub = undefined;
  });
  const rig = useEngine(() => hub!);
  const seed = seedOfRun();
  const versions = (): string => join(folder(), 'versions');

  async function begin(): Promise<{ hub: Hub; history: RawHistory }> {
    hub = await startHub({ catalogueHistory: versions() });
    return { hub, history: new RawHistory(versions()) };
  }

  it('leaves, version after version, what the raw files say', async () => {
    const count = makeHistory(versions(), randomNumbers(seed));
    const at = await begin();
    for (let version = 1; ; version++) {
      const dump = join(folder(), 'dump.ndjson');
      const args = ['--storage', join(folder(), 'storage'), '--hub', at.hub.url, '--dump', dump];
      const { code, stdout, stderr } = await runSync(...args);
      assert.equal(code, 0, stdout + stderr);
      named(version, () => checkDump(readFileSync(dump, 'utf8'), at.history));
      if (version === count) break;
      at.hub.advance();
      at.history.next();
    }
  });

  for (const [name, seen] of Object.entries({
    'that was asleep most of the time': [1, 4, 6],
    'that saw a model leave and not how it came back': [1, 3, 5],
    'that began late': [3, 6],
  })) {
    it(`leaves what the raw files say with a client ${name}`, async () => {
      const count = makeHistory(versions(), randomNumbers(seed));
      const at = await begin();
      const client = rig();
      const followed = new Set<string>();
      for (let version = 1; version <= count; version++) {
        if (version > 1) {
          at.hub.advance();
          at.history.next();
        }
        if (!seen.includes(version)) continue;
        for (const source of sourcesOf(at.hub)) followed.add(source);
        const report = await client.engine.sync({ reason: 'manual', sources: [...followed] });
        for (const { error } of report.sources) assert.equal(error, undefined);
        named(version, () => checkDump(client.dump(), at.history));
      }
    });
  }

  it('leaves what the raw files say where background runs come before the thorough one', async () => {
    const count = makeHistory(versions(), randomNumbers(seed));
    const at = await begin();
    const client = rig();
    for (let version = 1; ; version++) {
      const sources = [...new Set([...sourcesOf(at.hub), ...client.reader.knownSources()])];
      for (const reason of ['visible', 'idle', 'manual', 'visible'] as const) {
        client.clock.advance(BACKGROUND_INTERVAL);
        await client.engine.sync({ reason, sources });
      }
      named(version, () => checkDump(client.dump(), at.history));
      if (version === count) break;
      at.hub.advance();
      at.history.next();
    }
  });

  if (existsSync(REAL)) {
    it('of the real catalogue leaves what the raw files say', async () => {
      for (const [name, wanted] of Object.entries(SLICE)) {
        mkdirSync(join(versions(), name), { recursive: true });
        for (const file of readdirSync(join(REAL, name))) {
          if (!wanted.includes(Number.parseInt(file))) continue;
          symlinkSync(join(REAL, name, file), join(versions(), name, file));
        }
      }
      const at = await begin();
      assert.equal(at.history.length, 6);
      const client = rig();
      for (let version = 1; ; version++) {
        const sources = [...new Set([...sourcesOf(at.hub), ...client.reader.knownSources()])];
        const report = await client.engine.sync({ reason: 'manual', sources });
        for (const { error } of report.sources) assert.equal(error, undefined);
        named(version, () => checkDump(client.dump(), at.history));
        if (version === 6) break;
        at.hub.advance();
        at.history.next();
      }
    });
  }

  function named(version: number, check: () => void): void {
    try {
      check();
    } catch (error) {
      throw new Error(`version ${version}, SEED=${seed}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
});
