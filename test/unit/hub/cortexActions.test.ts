import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { Row } from './support.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { until } from '../support/until.ts';
import { useHub } from '../support/useHub.ts';

const FILE = 'Llama-3.2-3B-Instruct-Q4_K_M.gguf';
const REPOSITORY = 'bartowski/Llama-3.2-3B-Instruct-GGUF';
const URL_OF_FILE = `https://huggingface.co/${REPOSITORY}/resolve/main/${FILE}`;
const ID = `bartowski:Llama-3.2-3B-Instruct-GGUF:${FILE}`;

interface Event {
  readonly type: string;
  readonly task: {
    readonly id: string;
    readonly type: string;
    readonly items: { id: string; bytes: number; downloadedBytes: number; checksum: string }[];
  };
}

describe('The Cortex server, told to do something,', () => {
  const hub = useHub({ models: 80 });
  const folder = useTemporaryFolder();
  const ask = async (method: string, path: string, body?: unknown): Promise<[number, Row]> => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`${hub().cortexUrl}/v1/models${path}`, init);
    return [response.status, (await response.json()) as Row];
  };
  const rows = async (status = 'downloaded'): Promise<Row[]> =>
    ((await ask('GET', ''))[1]['data'] as Row[]).filter((row) => row['status'] === status);
  const ids = async (status?: string) => (await rows(status)).map((row) => row['id']);
  const statusOf = (id: string) => ask('GET', `/status/${encodeURIComponent(id)}`);

  /** All that is said from now on. */
  async function listen(): Promise<{ texts: string[]; events: () => Event[]; socket: WebSocket }> {
    const socket = new WebSocket(`${hub().cortexUrl.replace('http', 'ws')}/events`);
    const texts: string[] = [];
    socket.on('message', (data) => texts.push((data as Buffer).toString()));
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('open', resolve));
    return { texts, events: () => texts.map((text) => JSON.parse(text) as Event), socket };
  }
  const ended = (events: Event[]) => !/Started|Updated/.test(events.at(-1)?.type ?? 'Started');

  it('fetches a file, and tells how far it is', async () => {
    hub().cortex({ updateMs: 10, bytesPerSecond: 50_000_000_000 });
    const { events, socket } = await listen();
    const [status, reply] = await ask('POST', '/pull', { model: URL_OF_FILE });
    assert.equal(status, 200);
    assert.equal(reply['message'], 'Model start downloading!');
    const task = reply['task'] as Event['task'];
    assert.deepEqual([task.id, task.type], [ID, 'Model']);
    assert.deepEqual(
      task.items.map(({ id, bytes, downloadedBytes, checksum }) => [
        id,
        bytes,
        downloadedBytes,
        checksum,
      ]),
      [[ID, 0, 0, 'N/A']],
    );
    await until(() => ended(events()));
    const types = events().map(({ type }) => type);
    assert.equal(types[0], 'DownloadStarted');
    assert.ok(types.slice(1, -1).every((type) => type === 'DownloadUpdated') && types.length > 2);
    assert.equal(types.at(-1), 'DownloadSuccess');
    const [last] = events().at(-1)?.task.items ?? [];
    assert.ok(last && last.bytes > 1e9 && last.downloadedBytes === last.bytes);
    const row = (await rows()).find(({ id }) => id === ID);
    assert.equal(row?.['size'], last.bytes);
    assert.deepEqual(row['files'], [`models/huggingface.co/${REPOSITORY}/${FILE}`]);
    assert.ok(!('modelSource' in row));
    assert.deepEqual(await ask('POST', '/pull', { model: URL_OF_FILE }), [
      400,
      { message: 'Please delete the model before downloading again' },
    ]);
    socket.close();
  });

  it('fetches a branch of cortexso, and offers it no more', async () => {
    hub().cortex({ updateMs: 5, bytesPerSecond: 1e12 });
    const [id] = (await ids('downloadable')).filter((one) => /^tinyllama:/.test(String(one)));
    const { events, socket } = await listen();
    const [, reply] = await ask('POST', '/pull', { model: id });
    assert.ok((reply['task'] as Event['task']).items.some((item) => item.id === 'model.gguf'));
    await until(() => ended(events()));
    assert.ok((await ids()).includes(id));
    assert.ok(!(await ids('downloadable')).includes(id));
    socket.close();
  });

  it('refuses what it cannot fetch in the words of the original', async () => {
    const refused = async (body: unknown, method = 'POST') => await ask(method, '/pull', body);
    assert.deepEqual(await refused({}), [409, { message: 'No model field in request body' }]);
    assert.deepEqual(await refused({ model: '' }), [400, { result: 'Bad Request' }]);
    for (const [model, message] of [
      ['nothing', 'Invalid model handle or not supported!'],
      ['nothing:here', 'Model nothing not found'],
      [
        'https://example.org/a/b/resolve/main/c.gguf',
        'Only support pull model from huggingface.co',
      ],
      ['https://huggingface.co/a/b', 'Invalid url: https://huggingface.co/a/b'],
    ]) {
      assert.deepEqual(await refused({ model }), [400, { message }]);
    }
    assert.deepEqual(await refused({ taskId: 'x' }, 'DELETE'), [
      400,
      { message: 'Task not found' },
    ]);
    assert.deepEqual(await refused({}, 'DELETE'), [
      409,
      { message: 'No taskId field in request body' },
    ]);
  });

  for (const [name, spoil] of [
    ['the file is not there', undefined],
    ['the Hub does not answer', { match: 'resolve', status: 503 }],
    ['its author is out of reach', { match: 'hf:bartowski', offline: true }],
    ['the repository is gated', { repositories: { [REPOSITORY]: { gated: 'auto' } } }],
  ] as const) {
    it(`fails without a reason where ${name}`, async () => {
      hub().cortex({ updateMs: 5 });
      if (spoil) hub().setFaults(spoil);
      const { events, socket } = await listen();
      const model = spoil ? URL_OF_FILE : URL_OF_FILE.replace('Q4_K_M', 'Q9');
      assert.equal((await ask('POST', '/pull', { model }))[0], 200);
      await until(() => ended(events()));
      assert.equal(events().at(-1)?.type, 'DownloadError');
      assert.deepEqual(Object.keys(events().at(-1) ?? {}), ['type', 'task']);
      socket.close();
    });
  }

  it('stops a download, minds no second one, and stalls or fails on demand', async () => {
    hub().cortex({ updateMs: 5, stall: true });
    const { texts, events, socket } = await listen();
    await ask('POST', '/pull', { model: URL_OF_FILE });
    await ask('POST', '/pull', { model: URL_OF_FILE });
    assert.deepEqual(hub().cortexPulls(), [ID, ID]);
    assert.deepEqual(await ask('DELETE', '/pull', { taskId: ID }), [
      200,
      { message: 'Download stopped successfully', taskId: ID },
    ]);
    await until(() => events().at(-1)?.type === 'DownloadStopped');
    assert.equal(events().length, 3, 'a stalled download tells something');
    hub().cortex({ stall: false, fail: true });
    await until(() => events().at(-1)?.type === 'DownloadError');
    assert.deepEqual(hub().cortexPulls(), []);
    hub().cortex({ say: 'Server exited' });
    await until(() => texts.at(-1) === 'Server exited');
    hub().cortex({ hangUp: true });
    await until(() => socket.readyState === WebSocket.CLOSED);
    assert.throws(() => hub().cortex({ stal: true } as object), /unknown word "stal"/);
  });

  it('starts and stops what is on its disk', async () => {
    const [id] = (await ids()) as [string];
    assert.equal((await statusOf(id))[0], 400);
    assert.deepEqual(await ask('POST', '/start', { model: id }), [
      200,
      { message: 'Started successfully!' },
    ]);
    assert.deepEqual(await statusOf(id), [200, { message: 'Model is running' }]);
    assert.deepEqual(await ask('POST', '/stop', { model: id }), [
      200,
      { message: 'Stopped successfully!' },
    ]);
    assert.equal((await statusOf(id))[0], 400);
    assert.deepEqual(await ask('POST', '/start', { model: 'x' }), [
      400,
      { message: 'Cannot find model: x' },
    ]);
  });

  it('takes the only row away with what it deletes', async () => {
    const [id] = (await ids()) as [string];
    const path = `/${encodeURIComponent(id)}`;
    assert.deepEqual(await ask('DELETE', path), [200, { message: 'Deleted successfully!' }]);
    assert.equal((await ask('DELETE', path))[0], 400);
    assert.ok(!(await ids()).includes(id));
    assert.ok(!(await ids('downloadable')).includes(id));
  });

  it('imports a file where it is, once', async () => {
    const modelPath = join(folder(), 'own.gguf');
    writeFileSync(modelPath, 'GGUF');
    const [status, reply] = await ask('POST', '/import', { model: 'own', modelPath, name: 'Own' });
    assert.deepEqual([status, reply['modelHandle'], reply['result']], [200, 'own', 'OK']);
    const row = (await rows()).find(({ id }) => id === 'own');
    assert.deepEqual([row?.['files'], row?.['name'], row?.['size']], [[modelPath], 'Own', 4]);
    const [again, refusal] = await ask('POST', '/import', { model: 'own', modelPath });
    assert.deepEqual([again, refusal['result']], [400, 'Import failed!']);
    const [missing] = await ask('POST', '/import', { model: 'other', modelPath: '/nowhere' });
    assert.equal(missing, 400);
    assert.equal((await ask('POST', '/import', { model: 'own' }))[0], 409);
  });

  it('knows its hardware, and nothing of its disk', async () => {
    const response = await fetch(`${hub().cortexUrl}/v1/hardware`);
    const { storage, ram } = (await response.json()) as Record<string, Row>;
    assert.deepEqual(storage, { total: 0, available: 0, type: '' });
    assert.equal(typeof ram?.['total'], 'number');
  });

  it('lets nobody listen while that is broken', async () => {
    hub().setFaults({ match: 'cortex-events', offline: true });
    const socket = new WebSocket(`${hub().cortexUrl.replace('http', 'ws')}/events`);
    await new Promise((resolve) => socket.once('error', resolve));
  });
});
