import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { partialBytes } from '../../../../src/download/file/fileDownload.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { randomNumbers, seedOfRun } from '../../support/random.ts';
import { fileServer } from './fileServer.ts';
import { digestOf, failsWith, planned, useFileRig } from './rig.ts';

const PROGRAM = fileURLToPath(new URL('downloadProgram.ts', import.meta.url));
const MB = 1_000_000;
const KILLS = 10;
const MOST_WASTED = 2 * MB;
/** Bytes that may wait in the system's buffers: they are no part of what is measured. */
const MOST_UNDER_WAY = 128 * 1024;

/** A process that downloads, and what it has told. */
interface Client {
  readonly kill: () => void;
  /** Bytes that it has received. */
  received: number;
  isOver: boolean;
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

describe('A download whose process is killed', function () {
  this.timeout(120_000);
  const server = useLocalServer();
  const rig = useFileRig();
  const seed = seedOfRun();
  const bytes = randomBytes(40 * MB);
  const sha256 = digestOf(bytes).hex;

  function start(target: string): Client {
    const options = { endpoint: server().url, target, size: String(bytes.length), sha256 };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = Promise.all([text(child.stderr), once(child, 'close')]);
    const client: Client = {
      ...{ kill: () => void child.kill('SIGKILL'), received: 0, isOver: false },
      ended: ended.then(([stderr, [code]]) => {
        client.isOver = true;
        return { stderr, code: code as number | null };
      }),
    };
    createInterface(child.stdout).on('line', (line) => (client.received = Number(line)));
    return client;
  }

  it(`goes on where it was; a kill costs at most 2 MB (SEED=${seed})`, async () => {
    const random = randomNumbers(seed);
    let client: Client | undefined;
    let limit = 0;
    let begun = 0;
    const { listener, served } = fileServer(bytes, {
      pace: async () => {
        const own = client;
        if (own === undefined) return;
        if (sent() >= limit) own.kill();
        while (!own.isOver && sent() - begun - own.received > MOST_UNDER_WAY) await wait(1);
      },
    });
    const sent = (): number => served.reduce((sum, one) => sum + one.sent, 0);
    server().answer(listener);
    const { target } = rig();

    for (let kill = 1; kill <= KILLS; kill++) {
      const before = await partialBytes(target);
      begun = sent();
      limit = begun + random() * 3.5 * MB;
      client = start(target);
      const { code } = await client.ended;
      assert.equal(code, null, `kill ${kill}: it ended by itself`);
      const wasted = sent() - begun - ((await partialBytes(target)) - before);
      assert.ok(wasted <= MOST_WASTED, `kill ${kill} cost ${wasted} bytes`);
    }

    client = undefined;
    assert.deepEqual(await start(target).ended, { code: 0, stderr: '' });
    assert.ok(readFileSync(target).equals(bytes));
    const again = sent() - bytes.length;
    assert.ok(again <= KILLS * MOST_WASTED, `${again} bytes were fetched again`);
  });

  it('keeps others away while it lives, and nobody after', async () => {
    const { listener } = fileServer(bytes, { pace: () => wait(20) });
    server().answer(listener);
    const { download, target, assertInstalled } = rig();
    const client = start(target);
    while ((await partialBytes(target)) === 0) await wait(10);
    const file = planned(bytes);
    await failsWith(download(server().url, file), 'conflict');
    client.kill();
    await client.ended;
    server().answer(fileServer(bytes).listener);
    await download(server().url, file);
    assertInstalled(bytes);
  });
});
