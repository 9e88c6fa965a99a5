import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Sources } from '../../hub/control.ts';

const MAIN = fileURLToPath(new URL('../../hub/main.ts', import.meta.url));

/** Milliseconds; a process of its own has to start first, on a machine that may be busy. */
const PATIENCE = 20_000;

describe('The hub command', () => {
  let child: ChildProcess | undefined;
  const start = (...args: string[]) => {
    child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    return child;
  };
  const text = async (stream: NodeJS.ReadableStream | null) => {
    let all = '';
    for await (const piece of stream ?? []) all += String(piece);
    return all;
  };
  afterEach(() => child?.kill('SIGKILL'));

  it('prints one line of JSON, serves what it says, and ends when told', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const hub = start('--port', '0', '--models', '70', '--seed', '3');
      const [piece] = (await once(hub.stdout ?? hub, 'data')) as [Buffer];
      const line = String(piece);
      assert.ok(line.endsWith('\n'));
      const told = JSON.parse(line) as Sources;
      assert.deepEqual(Object.keys(told), ['url', 'tlsUrl', 'sources']);
      assert.deepEqual(told.sources.jan, ['v1', 'v2']);
      assert.ok(told.sources.hf.includes('cortexso') && told.sources.hf.includes('janhq'));
      assert.equal((await fetch(`${told.sources.cortex}/healthz`)).status, 200);
      const asked = (await (await fetch(`${told.url}/__hub/sources`)).json()) as Record<
        string,
        unknown
      >;
      assert.deepEqual(asked, {
        ...told,
        state: { sequence: 1, time: '2026-03-16T12:00:00.000Z', last: false },
      });
      const response = await fetch(`${told.url}/__hub/ca.pem`);
      assert.match(await response.text(), /^-----BEGIN CERTIFICATE-----/);
      hub.kill(signal);
      assert.deepEqual(await once(hub, 'exit'), [0, null]);
    }
  }).timeout(PATIENCE);

  it('explains itself when it is misunderstood', async () => {
    for (const args of [
      ['--port', 'x'],
      ['--nonsense'],
      ['--catalogue-history', '/no/such/folder'],
    ]) {
      const hub = start(...args);
      const [error, exit] = await Promise.all([text(hub.stderr), once(hub, 'exit')]);
      assert.deepEqual(exit, [1, null]);
      assert.match(error, /--catalogue-history DIR/);
    }
  }).timeout(PATIENCE);
});
