import assert from 'node:assert/strict';
import type { DownloadStatus } from '../../../src/download/model.ts';
import type { InstalledEntry } from '../../../src/runtime/installed.ts';
import { rootNodes } from '../../../src/views/installed/installedNodes.ts';
import { NOW } from '../details/samples.ts';
import {
  entry,
  localFile,
  look,
  rowOfDownload,
  rowsOfEntry,
  snapshot,
  stranger,
} from './installedSamples.ts';

const words = (text: string): string[] => text.split(' ');

describe('The row of a download', () => {
  it('tells how far it is, how fast, and how long it takes', () => {
    const { label, description, icon } = rowOfDownload({ bytesPerSecond: 11, secondsLeft: 6 });
    assert.equal(label, 'Jan-v1-4B-GGUF');
    assert.equal(description, 'Q4_K_M · 38 % · 38 of 100 B · 11 B/s · 6 s left');
    assert.equal(icon, 'cloud-download');
  });

  it('names what is done besides fetching, and what it waits for', () => {
    const described = (changes: Partial<DownloadStatus>): string =>
      rowOfDownload(changes).description.split(' · ')[1] ?? '';
    assert.equal(described({ phase: 'verifying' }), 'Verifying');
    assert.equal(described({ phase: 'reusing' }), 'Looking for its bytes on this machine');
    assert.equal(described({ phase: 'installing' }), 'Installing');
    assert.equal(described({ state: 'paused' }), 'Paused');
    assert.equal(described({ state: 'waiting', waitsFor: 'idle' }), 'Waiting until you are idle');
    assert.equal(described({ state: 'waiting', waitsFor: 'network' }), 'Waiting for the network');
    assert.equal(described({ state: 'waiting', waitsFor: 'turn' }), 'Waiting for its turn');
  });

  it('says why it failed, also to who hears it', () => {
    const failure = { kind: 'noSpace', message: 'The disk is full. Free 3 GB.', at: NOW };
    const { description, tooltip, spoken, icon, colour } = rowOfDownload({
      state: 'failed',
      failure,
    });
    assert.equal(description, `Q4_K_M · ${failure.message}`);
    assert.ok(tooltip.includes(failure.message));
    assert.ok(spoken.includes(failure.message));
    assert.deepEqual([icon, colour], ['error', 'list.errorForeground']);
  });

  it('tells when it is tried again', () => {
    const failure = { kind: 'server', message: 'Broken.', at: NOW, retryAt: NOW + 5_000 };
    const { tooltip } = rowOfDownload({ state: 'waiting', waitsFor: 'retry', failure });
    assert.ok(tooltip.includes('Broken. It is tried again in 5 s.'));
  });

  it('can be paused, resumed and retried only when that means something', () => {
    const can = (changes: Partial<DownloadStatus>): string[] =>
      words(rowOfDownload(changes).context).slice(1);
    assert.deepEqual(can({}), ['pausable']);
    assert.deepEqual(can({ pausable: false }), []);
    assert.deepEqual(can({ state: 'paused' }), ['resumable']);
    assert.deepEqual(can({ state: 'failed' }), ['retryable']);
    assert.deepEqual(can({ state: 'waiting', waitsFor: 'turn' }), ['pausable']);
    assert.deepEqual(can({ state: 'waiting', waitsFor: 'retry' }), ['pausable', 'retryable']);
  });

  it('shows no share of what is not known', () => {
    const { description } = rowOfDownload({ totalBytes: 0, bytes: 5 });
    assert.equal(description, 'Q4_K_M · 5 B');
  });
});

describe('The row of what is installed', () => {
  it('tells its variant, size and runtime', () => {
    const { entry: row, group } = rowsOfEntry(entry());
    assert.equal(row.label, 'Q4_K_M');
    assert.equal(row.description, '100 B · Model Hub');
    assert.equal(group.label, 'Jan-v1-4B-GGUF');
    assert.equal(group.description, 'janhq · 100 B');
  });

  it('marks what runs and what is outdated, on the model too', () => {
    const update = { revision: 'f'.repeat(40), changed: [], bytes: 7 };
    const { entry: row, group } = rowsOfEntry(entry({ running: true, update }));
    assert.equal(row.description, '100 B · Model Hub · running · update available');
    assert.equal(group.description, 'janhq · 100 B · running · update available');
  });

  it('says itself what is wrong with it', () => {
    const problem = 'model.yml cannot be read. Import the model again in Jan.';
    const { entry: row, group } = rowsOfEntry(entry({ problem }));
    assert.equal(row.description, `100 B · Model Hub · ${problem}`);
    assert.equal(row.icon, 'error');
    assert.ok(row.spoken.endsWith(problem));
    assert.ok(group.description.endsWith('broken'));
  });

  it('goes by its own name where nobody knows what it is', () => {
    const { entry: row, group } = rowsOfEntry(stranger({ name: 'my-own' }));
    assert.equal(row.label, 'my-own');
    assert.equal(group.label, 'my-own');
    assert.deepEqual(words(group.context), ['group']);
  });

  it('offers what its runtime can do with it', () => {
    const can = (...args: Parameters<typeof entry>): string[] =>
      words(rowsOfEntry(entry(...args)).entry.context).slice(1);
    assert.deepEqual(can(), ['known', 'deletable', 'local', 'whole']);
    assert.ok(can({}, { can: ['start', 'stop'] }).includes('startable'));
    assert.ok(!can({}, { can: ['start', 'stop'] }).includes('stoppable'));
    const running = can({ running: true }, { can: ['start', 'stop'], api: 'http://x/v1' });
    assert.ok(running.includes('stoppable') && running.includes('answering'));
    assert.ok(!running.includes('startable'));
    assert.ok(!can({ problem: 'no' }, { can: ['start'] }).includes('startable'));
    assert.ok(!can({ problem: 'no' }).includes('whole'));
    assert.ok(can({}, { kind: 'jan' }).includes('servable'));
    assert.ok(!can({ problem: 'no' }, { kind: 'jan' }).includes('servable'));
    assert.deepEqual(can({ files: [] }, { kind: 'server' }), ['known']);
    assert.deepEqual(can({ files: [] }, { can: ['remove'] }), ['known', 'deletable']);
  });

  it('offers an update only where files can be put', () => {
    const update = { revision: 'f'.repeat(40), changed: [], bytes: 7 };
    const context = (can: InstalledEntry['runtime']['can']): string =>
      rowsOfEntry(entry({ update }, { can })).entry.context;
    assert.ok(words(context(['update'])).includes('outdated'));
    assert.ok(!words(context(['start'])).includes('outdated'));
  });

  it('can only be left alone while something is done with it', () => {
    const { entry: row } = rowsOfEntry(entry(), 'verifying');
    assert.equal(row.context, 'entry busy');
    assert.equal(row.description, '100 B · Model Hub · verifying…');
  });

  it('speaks without icons', () => {
    const { entry: row, group } = rowsOfEntry(entry({ running: true }));
    for (const { spoken } of [row, group, rowOfDownload({})]) {
      assert.match(spoken, /^[\w .,%/-]+$/);
    }
  });

  it('names its files', () => {
    const files = [localFile('/models/a.gguf', 1), localFile('/models/b.gguf', 2)];
    const { tooltip } = rowsOfEntry(entry({ files })).entry;
    assert.ok(tooltip.includes('/models/a.gguf\n/models/b.gguf'));
  });
});

describe('The row of a runtime', () => {
  it('is there only if the runtime could not tell everything', () => {
    const runtime = { id: 'jan', kind: 'jan', name: 'Jan', can: [] } as const;
    const problem = 'Its data folder cannot be read.';
    const state = {
      downloads: [],
      installed: snapshot([], {
        runtimes: [runtime, { ...runtime, id: 'cortex', name: 'Cortex', problem }],
      }),
      doing: new Map(),
    };
    const rows = rootNodes(state).map(look);
    assert.deepEqual(
      rows.map(({ label, description }) => [label, description]),
      [['Cortex', problem]],
    );
  });
});
