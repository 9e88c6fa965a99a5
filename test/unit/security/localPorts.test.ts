import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useLocalServer } from '../support/localServer.ts';
import { useHub } from '../support/useHub.ts';
import { useLocal } from '../support/useLocal.ts';

const TOKEN = 'hf_plantedHubToken123';

describe('A port of this machine', function () {
  this.timeout(60_000);
  const hub = useHub({ models: 63 });
  const rig = useLocal(hub);
  const program = useLocalServer();
  const elsewhere = useLocalServer();

  it('where something else listens is asked without a token, and nothing is sent to it', async () => {
    program().answer((_request, response) => response.end('<title>My web site</title>'));
    const settings = { servers: [program().url], cortex: program().url };
    const local = rig().open({ ...settings, tokens: { [hub().url]: TOKEN } });
    const { entries } = await local.rescan();
    assert.deepEqual(entries, []);
    assert.ok(program().requests.length > 0);
    for (const { method, url, headers } of program().requests) {
      assert.equal(method, 'GET', url);
      assert.equal(headers.authorization, undefined, url);
      assert.equal(headers['transfer-encoding'] ?? headers['content-length'], undefined, url);
    }
  });

  it('that leads elsewhere takes no token there', async () => {
    elsewhere().answer((_request, response) => response.end('{"data":[]}'));
    program().answer(({ url }, response) =>
      response.writeHead(307, { location: `${elsewhere().url}${url}` }).end(),
    );
    const tokens = { [hub().url]: TOKEN, [program().url]: 'planted-key' };
    const local = rig().open({ servers: [program().url], cortex: program().url, tokens });
    await local.rescan();
    assert.ok(elsewhere().requests.length > 0);
    for (const { headers, url } of elsewhere().requests) {
      assert.equal(headers.authorization, undefined, url);
    }
  });

  it('that has what is secret of Cortex is never asked for it', async () => {
    program().answer(({ url = '' }, response) => {
      void fetch(`${hub().cortexUrl}${url}`).then(async (answer) => {
        response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
      });
    });
    const local = rig().open({ cortex: program().url, servers: [program().url] });
    const { entries } = await local.rescan();
    assert.ok(entries.some(({ runtime }) => runtime.kind === 'cortex'));
    const asked = program().requests.map(({ url = '' }) => url);
    assert.ok(asked.includes('/v1/models'));
    assert.deepEqual(
      asked.filter((url) => url.includes('configs')),
      [],
    );
  });

  it('is opened by nothing of the extension, so that no web page can speak to it', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' });
    const listening = files
      .filter((name) => name.endsWith('.ts'))
      .filter((name) =>
        /\bcreateServer\b|\.listen\(/.test(readFileSync(join('src', name), 'utf8')),
      );
    assert.ok(files.length > 100);
    assert.deepEqual(listening, []);
  });
});
