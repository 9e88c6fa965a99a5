import assert from 'node:assert/strict';
import {
  chmodSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { JournalFile } from '../../../src/download/file/journalFile.ts';
import { realFileSystem } from '../../../src/download/file/fileSystem.ts';
import { RangeSet } from '../../../src/download/file/ranges.ts';
import { IdentityStore } from '../../../src/runtime/identityStore.ts';
import { DATABASE_FILE } from '../../../src/sync/cache/database.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { NOON } from '../support/fakeClock.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { useEngine } from '../support/useEngine.ts';
import { useHub } from '../support/useHub.ts';

const SOURCE = 'hf:janhq';

describe('For other users of this machine', () => {
  const temporary = useTemporaryFolder();
  const hub = useHub({ models: 63 });
  const engine = useEngine(hub);
  const storage = (): string => join(temporary(), 'editor', 'storage');
  /** What others may do with a file or a folder. */
  const ofOthers = (path: string): number => statSync(path).mode & 0o077;
  const readable = (): string[] =>
    readdirSync(storage()).filter((name) => ofOthers(join(storage(), name)) !== 0);

  it('there is nothing to read in the databases', async () => {
    const rig = engine({ storage: storage() });
    await rig.sync(SOURCE);
    const identities = new IdentityStore({
      ...{ storage: storage(), now: NOON, logger: collectingLogger() },
    });
    assert.ok(readdirSync(storage()).length >= 4, readdirSync(storage()).join());
    assert.deepEqual(readable(), []);
    assert.equal(ofOthers(storage()), 0);
    identities.close();
  });

  it('there is no more to read where an earlier version had left it open', async () => {
    await engine({ storage: storage() }).closeEngine();
    const file = join(storage(), DATABASE_FILE);
    const database = new DatabaseSync(file);
    for (const name of readdirSync(storage())) chmodSync(join(storage(), name), 0o644);
    assert.notDeepEqual(readable(), []);
    const rig = engine({ storage: storage() });
    await rig.sync(SOURCE);
    assert.deepEqual(readable(), []);
    database.close();
  });

  it('a journal is no way to write to other files', async () => {
    const [journal, victim] = [join(temporary(), 'journal'), join(temporary(), 'victim')];
    writeFileSync(victim, 'precious');
    const header = {
      ...{ model: 'acme/model', revision: 'a'.repeat(40), path: 'x.gguf', size: 1, bootedAt: NOON },
      digest: { algorithm: 'sha256', hex: 'a'.repeat(64) },
    } as const;
    const content = {
      ...{ header, written: new RangeSet(), synced: new RangeSet() },
      ...{ etag: undefined, isOnItsOwn: false, isCached: false },
    };
    await assert.rejects(
      JournalFile.create(journal, content, {
        ...realFileSystem,
        // In the moment after it was renamed, before it is opened.
        open: (path, flags, mode) => {
          if (flags !== 'wx') {
            rmSync(path);
            symlinkSync(victim, path);
          }
          return realFileSystem.open(path, flags, mode);
        },
      }),
      { code: 'ELOOP' },
    );
    assert.equal(readFileSync(victim, 'utf8'), 'precious');
  });
});
