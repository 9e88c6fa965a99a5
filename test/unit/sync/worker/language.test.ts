import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { config } from '@vscode/l10n';
import { cancelled } from '../../../../src/sync/errors.ts';
import { passLanguageOn, takeLanguageOver } from '../../../../src/sync/worker/language.ts';

const IN_CHINESE = { 'The refresh was cancelled.': '刷新已取消。' };
const LANGUAGE = new URL('../../../../src/sync/worker/language.ts', import.meta.url).href;
const ERRORS = new URL('../../../../src/sync/errors.ts', import.meta.url).href;

/** What a thread says, and what a thread says that it starts. */
const PROGRAM = `
  import { parentPort, Worker, workerData } from 'node:worker_threads';
  import { takeLanguageOver } from ${JSON.stringify(LANGUAGE)};
  import { cancelled } from ${JSON.stringify(ERRORS)};
  takeLanguageOver();
  const said = [cancelled().message];
  if (workerData.deeper) {
    const inner = new Worker(new URL(workerData.program), { workerData: { deeper: false } });
    inner.on('message', (more) => parentPort.postMessage([...said, ...more]));
  } else parentPort.postMessage(said);
`;

describe('The language of the core', () => {
  afterEach(() => {
    passLanguageOn(undefined);
    config({ contents: {} });
  });

  const saidInThreads = async (): Promise<unknown> => {
    const program = `data:text/javascript,${encodeURIComponent(PROGRAM)}`;
    const worker = new Worker(new URL(program), { workerData: { deeper: true, program } });
    return await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  };

  it('is English unless something else is passed on', async () => {
    takeLanguageOver();
    assert.equal(cancelled().message, 'The refresh was cancelled.');
    assert.deepEqual(await saidInThreads(), [
      'The refresh was cancelled.',
      'The refresh was cancelled.',
    ]);
  });

  it('is taken over by threads, and by those that they start', async () => {
    passLanguageOn(IN_CHINESE);
    assert.deepEqual(await saidInThreads(), ['刷新已取消。', '刷新已取消。']);
  });
});
