import assert from 'node:assert/strict';
import type { ServedDetails } from '../../../src/sync/details.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import { DetailsLoader } from '../../../src/views/details/detailsLoader.ts';
import { SHA } from './samples.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const served = (readme: string, failure?: string): ServedDetails => ({
  details: { files: [], readme, fetchedAt: 0 },
  ...(failure !== undefined && { failure }),
});

interface Question {
  readonly asked: string;
  readonly signal: AbortSignal;
  readonly answer: (served: ServedDetails) => void;
  readonly fail: (error: unknown) => void;
}

function setUp() {
  const questions: Question[] = [];
  let changes = 0;
  const loader = new DetailsLoader(
    (id, revision, signal) =>
      new Promise((answer, fail) => {
        questions.push({ asked: `${id}@${revision}`, signal, answer, fail });
      }),
    () => changes++,
    silent,
  );
  return { loader, questions, changes: () => changes };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('details loader', () => {
  it('asks once for a revision', async () => {
    const { loader, questions, changes } = setUp();
    loader.load('a/b', SHA);
    loader.load('a/b', SHA);
    assert.equal(loader.state.phase, 'loading');
    questions[0]?.answer(served('hi'));
    await settle();
    loader.load('a/b', SHA);
    loader.reload();
    assert.deepEqual(
      questions.map(({ asked }) => asked),
      [`a/b@${SHA}`],
    );
    assert.equal(loader.state.details?.readme, 'hi');
    assert.equal(changes(), 1);
  });

  it('gives up on a model when another is shown', async () => {
    const { loader, questions, changes } = setUp();
    loader.load('a/b', SHA);
    loader.load('a/c', 'main');
    assert.equal(questions[0]!.signal.aborted, true);
    questions[0]!.answer(served('too late'));
    await settle();
    assert.deepEqual([loader.state, changes()], [{ phase: 'loading' }, 0]);
    loader.clear();
    assert.equal(questions[1]!.signal.aborted, true);
    questions[1]!.fail(new Error('aborted'));
    await settle();
    assert.deepEqual([loader.state, changes()], [{ phase: 'idle' }, 0]);
  });

  it('keeps what it has while a newer revision is on its way, and if that fails', async () => {
    const { loader, questions } = setUp();
    loader.load('a/b', 'old');
    questions[0]?.answer(served('old'));
    await settle();
    loader.load('a/b', SHA);
    assert.deepEqual(loader.state, {
      phase: 'loading',
      revision: 'old',
      details: served('old').details,
    });
    questions[1]?.fail(new SyncError('offline', 'The Hub cannot be reached.'));
    await settle();
    assert.equal(loader.state.phase, 'failed');
    assert.equal(loader.state.details.readme, 'old');
    assert.equal(loader.state.failure, 'The Hub cannot be reached.');
  });

  it('asks again after a failure, a stale answer, or one that may change', async () => {
    const { loader, questions } = setUp();
    loader.load('a/b', 'main');
    questions[0]?.fail('odd');
    await settle();
    assert.match(loader.state.failure ?? '', /odd/);
    for (const answer of [served('stale', 'Offline.'), served('fresh')]) {
      loader.reload();
      loader.reload();
      questions.at(-1)?.answer(answer);
      await settle();
    }
    assert.equal(loader.state.failure, undefined);
    loader.reload();
    assert.equal(questions.length, 4);
    assert.equal(loader.state.details?.readme, 'fresh');
  });
});
