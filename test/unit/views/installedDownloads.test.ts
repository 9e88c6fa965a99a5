import assert from 'node:assert/strict';
import { summaryOf } from '../../../src/views/downloads/downloadSummary.ts';
import { phaseText } from '../../../src/views/downloads/downloadText.ts';
import { FinishedDownloads } from '../../../src/views/downloads/finishedDownloads.ts';
import { NOW, plainWording } from '../details/samples.ts';
import { download } from './installedSamples.ts';

describe('The downloads in the status bar', () => {
  const summary = (...downloads: Parameters<typeof summaryOf>[0]) =>
    summaryOf(downloads, NOW, plainWording);

  it('are not there while none goes on', () => {
    assert.equal(summary(), undefined);
    assert.equal(summary(download({ state: 'done' }), download({ state: 'paused' })), undefined);
  });

  it('are summed up', () => {
    const one = download({ bytes: 10, totalBytes: 100, bytesPerSecond: 5 });
    const other = download({ id: 'd2', bytes: 80, totalBytes: 100, bytesPerSecond: 6 });
    const told = summary(one, other);
    assert.equal(told?.text, '$(cloud-download) 45 % · 11 B/s');
    assert.equal(told.spoken, 'Downloading: 45 % · 11 B/s');
    assert.equal(told.lines.length, 2);
    assert.equal(told.failed, false);
  });

  it('tell what the only one waits for', () => {
    const waiting = download({ state: 'waiting', waitsFor: 'network' });
    assert.equal(summary(waiting)?.text, '$(cloud-download) 38 % · Waiting for the network');
  });

  it('warn of those that need the user, without hiding what goes on', () => {
    const failure = { kind: 'noSpace', message: 'Full.', at: NOW };
    const failed = download({ id: 'd2', state: 'failed', failure });
    assert.equal(summary(failed)?.text, '$(warning) 1 download failed');
    const both = summary(download({ bytesPerSecond: 11 }), failed);
    assert.equal(both?.text, '$(warning) 38 % · 11 B/s');
    assert.ok(both.failed);
    assert.ok(both.lines.includes('Jan-v1-4B-GGUF Q4_K_M: Full.'));
  });
});

describe('The end of downloads', () => {
  function teller(focused: boolean, answer?: string) {
    const told: string[] = [];
    let shown = 0;
    const finished = new FinishedDownloads({
      notifier: {
        info: (message) => {
          told.push(message);
          return Promise.resolve(answer);
        },
      },
      signals: { focused },
      wording: plainWording,
      show: () => shown++,
    });
    return { finished, told, shown: () => shown };
  }
  const done = download({ state: 'done' });

  it('is told once, when all are there, to who looks elsewhere', async () => {
    const { finished, told, shown } = teller(false);
    finished.add(done);
    await finished.follow([done, download({ id: 'd2' })]);
    assert.deepEqual(told, []);
    finished.add(done);
    await finished.follow([done, done]);
    await finished.follow([done, done]);
    assert.deepEqual(told, ['2 models are downloaded and verified.']);
    assert.equal(shown(), 0);
  });

  it('does not wait for one that is paused, failed or waits for something', async () => {
    const { finished, told } = teller(false);
    finished.add(done);
    await finished.follow([
      done,
      download({ state: 'paused' }),
      download({ state: 'failed' }),
      download({ state: 'waiting', waitsFor: 'idle' }),
    ]);
    assert.deepEqual(told, ['Jan-v1-4B-GGUF Q4_K_M is downloaded and verified.']);
  });

  it('is not told to who looks at the window, then or later', async () => {
    const { finished, told } = teller(true);
    finished.add(done);
    await finished.follow([done]);
    assert.deepEqual(told, []);
  });

  it('calls nothing verified that was not', async () => {
    const pulled = download({ state: 'done', target: 'cortex', unverified: true });
    const { finished, told } = teller(false);
    finished.add(pulled);
    await finished.follow([pulled]);
    finished.add(done);
    finished.add(pulled);
    await finished.follow([done, pulled]);
    assert.deepEqual(told, [
      'Jan-v1-4B-GGUF Q4_K_M is downloaded by Cortex.',
      '2 models are downloaded.',
    ]);
    assert.equal(phaseText(pulled, plainWording), 'Downloaded by Cortex');
    assert.equal(phaseText(done, plainWording), 'Downloaded and verified');
  });

  it('leads to what is installed', async () => {
    const { finished, shown } = teller(false, 'Show');
    finished.add(done);
    await finished.follow([done]);
    assert.equal(shown(), 1);
  });
});
