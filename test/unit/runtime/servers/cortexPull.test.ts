import assert from 'node:assert/strict';
import type { FaultSet } from '../../../hub/faults.ts';
import { CortexRuntime } from '../../../../src/runtime/cortex/cortexRuntime.ts';
import { handleOf } from '../../../../src/runtime/cortex/cortexPull.ts';
import { RuntimeError } from '../../../../src/runtime/errors.ts';
import type { PullProgress, PullRequest } from '../../../../src/runtime/runtime.ts';
import type { CollectingLogger } from '../../support/collectingLogger.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { until } from '../../support/until.ts';
import { useHub } from '../../support/useHub.ts';
import { useSession } from '../../support/useSession.ts';
import { failsWith, machineIn, never, WatchedClock } from './support.ts';

const MODEL = 'bartowski/Llama-3.2-3B-Instruct-GGUF';
const PATH = 'Llama-3.2-3B-Instruct-Q4_K_M.gguf';
const ID = `bartowski:Llama-3.2-3B-Instruct-GGUF:${PATH}`;
const REQUEST: PullRequest = { model: MODEL, revision: 'main', path: PATH };
const LISTENING = 1_500;
const CHECK = 5_000;

describe('A pull by Cortex', () => {
  const hub = useHub({ models: 80 });
  const home = useTemporaryFolder();
  const session = useSession();
  let clock: WatchedClock;
  let logger: CollectingLogger;
  let progress: PullProgress[];
  let outcome: 'running' | 'done' | RuntimeError;
  beforeEach(() => {
    clock = new WatchedClock();
    logger = collectingLogger();
    progress = [];
    outcome = 'running';
    hub().cortex({ updateMs: 5 });
  });

  function runtime(): CortexRuntime {
    const url = () => hub().cortexUrl;
    return new CortexRuntime({ machine: machineIn(home()), url, session, clock, logger });
  }
  /** Begins to pull, without listening for others for long. */
  function begin(signal = never, request = REQUEST, cortex = runtime()): Promise<string> {
    const pull = cortex.actions.pull?.(request, (one) => progress.push(one), signal);
    assert.ok(pull);
    pull.then(
      () => {
        outcome = 'done';
      },
      (error: unknown) => {
        outcome = RuntimeError.from(error);
      },
    );
    return pull;
  }
  /** Waits until Cortex is connected to, and until nobody is heard to fetch the same. */
  async function listened(before = 0): Promise<void> {
    // The first wait is for the connection.
    await clock.waiting(LISTENING, before + 2);
    clock.advance(LISTENING);
  }
  const started = async () => {
    await listened();
    await clock.waiting(CHECK);
  };
  /** Lets so many checks pass, one after another. */
  const pass = async (checks: number) => {
    for (let left = checks; left > 0; left--) {
      const times = clock.times(CHECK);
      clock.advance(CHECK);
      await until(() => clock.times(CHECK) > times || outcome !== 'running');
    }
  };
  /** Waits until what Cortex says is heard. */
  const hearing = async () => {
    const heard = () => logger.lines.filter((line) => /is no event/.test(line)).length;
    const before = heard();
    await until(() => {
      hub().cortex({ say: 'no event' });
      return heard() > before;
    });
  };
  const asked = (route: string) => hub().stats().routes[route]?.requests ?? 0;
  const installed = async () => {
    const { entries = [] } = (await runtime().list(never)) ?? {};
    return entries.map(({ id }) => id);
  };
  const endedWith = (kind: string) => outcome instanceof RuntimeError && outcome.kind === kind;

  it('tells how far it is and ends when Cortex has the model', async () => {
    hub().cortex({ bytesPerSecond: 40_000_000_000 });
    const pull = begin();
    await listened();
    assert.equal(await pull, ID);
    assert.deepEqual(progress[0], { bytes: 0 });
    const last = progress.at(-1);
    assert.ok(last?.totalBytes !== undefined && last.totalBytes > 1e9);
    assert.equal(last.bytes, last.totalBytes);
    assert.ok(progress.length > 3);
    assert.ok(progress.every(({ bytes }, index) => bytes >= (progress[index - 1]?.bytes ?? 0)));
    assert.ok((await installed()).includes(ID));
    assert.equal(asked('cortex-abort'), 0);
    assert.equal(clock.timers, 0);
  });

  it('is of a commit, or of a branch of cortexso', () => {
    const revision = 'a'.repeat(40);
    const url = (model: string, path: string) =>
      `https://huggingface.co/${model}/resolve/${revision}/${path}`;
    const handle = (model: string, path: string) => handleOf({ model, revision, path });
    assert.deepEqual(handle('a/b', 'Q4/c d.gguf'), {
      model: url('a/b', 'Q4/c%20d.gguf'),
      id: 'a:b:c d.gguf',
    });
    assert.deepEqual(handle('cortexso/phi', 'model.gguf'), {
      model: url('cortexso/phi', 'model.gguf'),
      id: `phi:${revision}`,
    });
    assert.deepEqual(handle('cortexso/phi', '4b-gguf'), {
      model: 'phi:4b-gguf',
      id: 'phi:4b-gguf',
    });
    for (const path of ['model.safetensors', 'm-00001-of-00002.gguf', '../x']) {
      assert.throws(
        () => handle('a/b', path),
        (error) => RuntimeError.is(error, 'doesNotFit'),
      );
    }
  });

  it('of a branch adds up all that is in it', async () => {
    hub().cortex({ bytesPerSecond: 40_000_000_000 });
    const listed = await fetch(`${hub().cortexUrl}/v1/models`);
    const { data } = (await listed.json()) as { data: { id: string; status?: string }[] };
    const id = data.find((row) => row.status === 'downloadable' && /^tinyllama:/.test(row.id))?.id;
    const path = id?.split(':')[1] ?? '';
    const pull = begin(never, { model: 'cortexso/tinyllama', revision: 'main', path });
    await listened();
    await pull;
    const { entries = [] } = (await runtime().list(never)) ?? {};
    assert.equal(entries.find((one) => one.id === id)?.size, progress.at(-1)?.totalBytes);
  });

  it('that was aborted is stopped in Cortex', async () => {
    hub().cortex({ stall: true });
    const controller = new AbortController();
    const pull = begin(controller.signal);
    await started();
    assert.deepEqual(hub().cortexPulls(), [ID]);
    controller.abort();
    await failsWith(pull, 'cancelled');
    assert.deepEqual(hub().cortexPulls(), []);
    assert.equal(clock.timers, 0);
  });

  it('that is aborted before it began leaves Cortex alone', async () => {
    const controller = new AbortController();
    const pull = begin(controller.signal);
    await clock.waiting(LISTENING, 2);
    controller.abort();
    await failsWith(pull, 'cancelled');
    assert.deepEqual([asked('cortex-pull'), asked('cortex-abort')], [0, 0]);
  });

  it('says so where it could not be stopped', async () => {
    hub().cortex({ stall: true });
    const controller = new AbortController();
    const pull = begin(controller.signal);
    await started();
    hub().setFaults({ match: 'cortex-abort', status: 500 });
    controller.abort();
    await failsWith(pull, 'cancelled');
    assert.match(logger.at('warn').join('\n'), /perhaps it goes on fetching bartowski/);
  });

  it('that fails says what can be said', async () => {
    const pull = begin();
    hub().cortex({ fail: true });
    await listened();
    await failsWith(pull, 'server', /could not fetch .*does not say why\. Check/);
    assert.equal(asked('cortex-abort'), 0);
  });

  it('that somebody else stopped says so', async () => {
    hub().cortex({ stall: true });
    const pull = begin();
    await started();
    const body = JSON.stringify({ taskId: ID });
    await fetch(`${hub().cortexUrl}/v1/models/pull`, { method: 'DELETE', body });
    await failsWith(pull, 'refused', /was stopped in Cortex/);
  });

  for (const [name, faults, kind, message] of [
    ['409', { match: 'cortex-pull', status: 409 }, 'refused', /Something is wrong/],
    ['401', { match: 'cortex-pull', status: 401 }, 'unauthorised', /wants an API key/],
    ['the page of its framework', { match: 'cortex-pull', status: 500 }, 'server', /error 500/],
    [
      'something else',
      { match: 'cortex-pull', wrongType: 'object' },
      'badAnswer',
      /as Cortex does/,
    ],
    ['nothing', { match: 'cortex-pull', offline: true }, 'offline', /cannot be reached/],
  ] as [string, FaultSet, RuntimeError['kind'], RegExp][]) {
    it(`that is answered by ${name} fails`, async () => {
      hub().setFaults(faults);
      const pull = begin();
      await listened();
      await failsWith(pull, kind, message);
      assert.equal(clock.timers, 0);
    });
  }

  it('of a model that Cortex has is refused in its own words', async () => {
    hub().cortex({ bytesPerSecond: 1e12 });
    const first = begin();
    await listened();
    await first;
    const second = begin();
    await listened(clock.times(LISTENING));
    await failsWith(second, 'refused', /Please delete the model before downloading again/);
    assert.equal(asked('cortex-abort'), 0, 'what was refused was stopped');
  });

  it('a second time by the same runtime is refused', async () => {
    hub().cortex({ stall: true });
    const cortex = runtime();
    const first = begin(never, REQUEST, cortex);
    await started();
    await failsWith(begin(never, REQUEST, cortex), 'refused', /is fetching .* already/);
    hub().cortex({ stall: false, bytesPerSecond: 1e12 });
    await first;
  });

  it('joins a download of the same that somebody else began', async () => {
    hub().cortex({ bytesPerSecond: 1_000_000 });
    const body = JSON.stringify({ model: `https://huggingface.co/${MODEL}/resolve/main/${PATH}` });
    await fetch(`${hub().cortexUrl}/v1/models/pull`, { method: 'POST', body });
    const pull = begin();
    await clock.waiting(CHECK);
    assert.deepEqual(hub().cortexPulls(), [ID]);
    hub().cortex({ bytesPerSecond: 1e12 });
    await pull;
    assert.equal(asked('cortex-pull'), 1);
  });

  it('minds no garbage, and nothing of other downloads', async () => {
    hub().cortex({ stall: true });
    const pull = begin();
    await started();
    const event = (id: string, type: unknown) =>
      JSON.stringify({ type, task: { id, type: 'Model', items: [] } });
    for (const say of [
      ...['Server is shutting down', '', '{', 'null', '[]', '{"type":"DownloadSuccess"}'],
      ...[event(ID, 'DownloadOther'), event(ID, 7), event('other', 'DownloadSuccess')],
      ...[event('other', 'DownloadError'), `{"type":"DownloadSuccess","task":{"id":7}}`],
    ]) {
      hub().cortex({ say });
    }
    hub().cortex({
      say: JSON.stringify({
        type: 'DownloadUpdated',
        task: { id: ID, items: [{ bytes: 'x', downloadedBytes: 7 }] },
      }),
    });
    await until(() => progress.at(-1)?.bytes === 7);
    assert.deepEqual(progress.at(-1), { bytes: 7 });
    assert.equal(outcome, 'running');
    hub().cortex({ stall: false, bytesPerSecond: 1e12 });
    await pull;
  });

  it('goes on where the connection breaks off, and hears of it again', async () => {
    hub().cortex({ bytesPerSecond: 1_000_000 });
    const pull = begin();
    await started();
    await until(() => progress.length > 1);
    hub().cortex({ hangUp: true });
    await clock.waiting(1_000);
    const heard = progress.length;
    clock.advance(1_000);
    await until(() => progress.length > heard + 2);
    assert.equal(asked('cortex-pull'), 1);
    hub().cortex({ bytesPerSecond: 1e12 });
    await pull;
  });

  it('that ends while nobody listens is found on the disk when somebody listens again', async () => {
    hub().cortex({ stall: true });
    const pull = begin();
    await started();
    hub().cortex({ hangUp: true });
    await clock.waiting(1_000);
    hub().cortex({ stall: false, bytesPerSecond: 1e12 });
    await until(() => hub().cortexPulls().length === 0);
    clock.advance(1_000);
    await pull;
    assert.equal(asked('cortex-abort'), 0);
  });

  it('is found on the disk where nobody can listen at all', async () => {
    hub().setFaults({ match: 'cortex-events', offline: true });
    hub().cortex({ bytesPerSecond: 1e12 });
    const pull = begin();
    await clock.waiting(1_000);
    clock.advance(LISTENING);
    await clock.waiting(CHECK);
    await until(() => hub().cortexPulls().length === 0);
    clock.advance(CHECK);
    await pull;
  });

  it('that a new start of Cortex has lost ends after a minute without a word', async () => {
    hub().cortex({ bytesPerSecond: 1_000_000 });
    const pull = begin();
    pull.catch(() => undefined);
    await started();
    await until(() => progress.length > 1);
    hub().cortex({ forget: true, hangUp: true });
    await clock.waiting(1_000);
    clock.advance(1_000);
    await hearing();
    await pass(10);
    assert.equal(outcome, 'running');
    await pass(2);
    await until(() => outcome !== 'running');
    await failsWith(pull, 'timeout', /says nothing more .* Check whether it was started anew/);
  });

  it('ends half a minute after Cortex went away', async () => {
    hub().cortex({ stall: true });
    const pull = begin();
    pull.catch(() => undefined);
    await started();
    hub().setFaults({ match: 'cortex', offline: true });
    hub().cortex({ hangUp: true });
    await clock.waiting(1_000);
    await pass(5);
    assert.equal(outcome, 'running');
    await pass(1);
    await until(() => outcome !== 'running');
    await failsWith(pull, 'offline', /went away while it fetched/);
  });

  it('waits for as long as others are before it, but not for ever', async () => {
    hub().cortex({ stall: true });
    const pull = begin();
    pull.catch(() => undefined);
    await started();
    const other = JSON.stringify({ type: 'DownloadUpdated', task: { id: 'other', items: [] } });
    await pass(50);
    hub().cortex({ say: other });
    await hearing();
    await pass(50);
    assert.equal(outcome, 'running');
    await pass(10);
    await until(() => outcome !== 'running');
    assert.ok(endedWith('timeout'));
    assert.deepEqual(hub().cortexPulls(), [], 'Cortex goes on fetching');
  });
});
