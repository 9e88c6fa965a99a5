import assert from 'node:assert/strict';
import type { CortexAddress, Machine } from '../../../../src/sync/gateway/cortexDiscovery.ts';
import { discoverCortex } from '../../../../src/sync/gateway/cortexDiscovery.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { randomNumbers, seedOfRun } from '../../support/random.ts';

/** As cortex.cpp writes it: a mark of its encoding, and keys in an order of their own. */
const WRITTEN = `\ufefflogFolderPath: /home/me/.local/share/cortexcpp
dataFolderPath: /home/me/.local/share/cortexcpp
maxLogLines: 100000
apiServerHost: 127.0.0.1
apiServerPort: 39281
huggingFaceToken: ""
gitHubUserAgent: ""
enableCors: true
allowedOrigins:
  - http://localhost:39281
  - http://127.0.0.1:39281
proxyUrl: ""
verifyProxySsl: true
supportedEngines:
  - llama-cpp
checkedForSyncHubAt: 0
apiKeys:
  []`;

describe('The search for a Cortex server', () => {
  let logger: ReturnType<typeof collectingLogger>;
  beforeEach(() => {
    logger = collectingLogger();
  });

  type Files = Readonly<Record<string, string | Error>>;
  function search(
    files: Files,
    machine: Partial<Machine> = {},
  ): Promise<CortexAddress | undefined> {
    const readText = (path: string): Promise<string | undefined> => {
      const found = files[path];
      return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    };
    const usual = { platform: 'linux', home: '/home/me', environment: {} } as const;
    return discoverCortex({ ...usual, readText, ...machine }, logger);
  }
  const here = '/home/me/.config/cortexcpp/.cortexrc';
  const find = (text: string) => search({ [here]: text });
  const port = (number: number | string) => `apiServerPort: ${number}`;

  it('reads what Cortex writes', async () => {
    assert.deepEqual(await find(WRITTEN), {
      url: 'http://127.0.0.1:39281/',
      dataFolder: '/home/me/.local/share/cortexcpp',
    });
    assert.deepEqual(logger.lines, []);
  });

  it('finds nothing where there is nothing', async () => {
    assert.equal(await search({}), undefined);
  });

  for (const [name, path, machine] of [
    ['its folder on Linux', here, {}],
    ['the beta', `${here}-beta`, {}],
    ['the nightly', `${here}-nightly`, {}],
    ['where old versions had it', '/home/me/.cortexrc', {}],
    ['the folder of XDG', '/xdg/cortexcpp/.cortexrc', { environment: { XDG_CONFIG_HOME: '/xdg' } }],
    ['its folder, XDG being empty', here, { environment: { XDG_CONFIG_HOME: '' } }],
    ['the home of a Mac', '/home/me/.cortexrc', { platform: 'darwin' }],
    ['the home of a beta on Windows', '/home/me/.cortexrc-beta', { platform: 'win32' }],
  ] as [string, string, Partial<Machine>][]) {
    it(`looks in ${name}`, async () => {
      const found = await search({ [path]: port(4000) }, machine);
      assert.equal(found?.url, 'http://127.0.0.1:4000/');
    });
  }

  it('looks on a Mac only where Cortex has it there', async () => {
    assert.equal(await search({ [here]: port(4000) }, { platform: 'darwin' }), undefined);
  });

  it('takes the release where there are others beside it', async () => {
    const files = { [`${here}-nightly`]: port(3), [here]: port(1), [`${here}-beta`]: port(2) };
    assert.equal((await search(files))?.url, 'http://127.0.0.1:1/');
  });

  for (const [host, url] of [
    ['0.0.0.0', 'http://127.0.0.1:5000/'],
    ['"::"', 'http://[::1]:5000/'],
    ['"[::]"', 'http://[::1]:5000/'],
    ['"::1"', 'http://[::1]:5000/'],
    ['"fd00::7"', 'http://[fd00::7]:5000/'],
    ['localhost', 'http://localhost:5000/'],
    ['192.168.1.5', 'http://192.168.1.5:5000/'],
    ['gpu-box.lan', 'http://gpu-box.lan:5000/'],
    ['""', 'http://127.0.0.1:5000/'],
  ]) {
    it(`speaks to ${url} where it listens on ${host}`, async () => {
      assert.equal((await find(`apiServerHost: ${host}\napiServerPort: 5000`))?.url, url);
    });
  }

  it('has an address for a file that names none', async () => {
    assert.deepEqual(await find('enableCors: true'), { url: 'http://127.0.0.1:39281/' });
  });

  describe('for its key', () => {
    const keys = (list: string, host = '127.0.0.1') => `apiServerHost: ${host}\napiKeys: ${list}`;

    for (const [list, key] of [
      ['[]', undefined],
      ['[first, second]', 'first'],
      ['["", usable]', 'usable'],
      ['["two words", "line\\nbreak", "ключ", usable]', 'usable'],
      ['[0012]', '0012'],
      ['secret', undefined],
      ['{a: b}', undefined],
    ] as const) {
      it(`takes ${String(key)} of ${list}`, async () => {
        assert.equal((await find(keys(list)))?.apiKey, key);
      });
    }

    it('takes none of a server on another machine', async () => {
      for (const host of ['192.168.1.5', 'gpu-box.lan', 'localhost.example', '127.0.0.1.example']) {
        const found = await find(keys('[secret]', host));
        assert.deepEqual(Object.keys(found ?? {}), ['url'], host);
      }
      assert.equal((await find(keys('[secret]', '0.0.0.0')))?.apiKey, 'secret');
    });
  });

  for (const [name, text] of [
    ['no YAML', 'apiKeys: [secret\n  "'],
    ['an alias', 'apiKeys: &a [secret]\nb: *a'],
    ['a list', '- secret'],
    ['a word', 'secret'],
    ['nothing', ''],
    ['port 0', port(0)],
    ['port 65536', port(65_536)],
    ['no number as a port', port('-1')],
    ['a list as a port', port('[1]')],
    ['a path in its host', 'apiServerHost: a/../b'],
    ['somebody in its host', 'apiServerHost: "secret@evil.example"'],
    ['a host and port in its host', 'apiServerHost: "evil.example:80"'],
  ] as const) {
    it(`passes over a file that holds ${name}, and does not tell what was in it`, async () => {
      assert.equal(await find(text), undefined);
      const found = await search({ [here]: text, [`${here}-beta`]: port(7) });
      assert.equal(found?.url, 'http://127.0.0.1:7/');
      assert.equal(logger.lines.length, 2);
      assert.doesNotMatch(logger.lines.join(), /secret/);
    });
  }

  it('passes over a file that cannot be read', async () => {
    const files = {
      [here]: new Error('it cannot be read (EACCES)'),
      '/home/me/.cortexrc': port(7),
    };
    assert.equal((await search(files))?.url, 'http://127.0.0.1:7/');
    assert.match(logger.lines.join(), /\.cortexrc is of no use.*EACCES/);
  });

  it('survives whatever a file holds', async () => {
    const seed = seedOfRun();
    console.log(`      seed ${seed}`);
    const random = randomNumbers(seed);
    const pick = (text: string) => text[Math.floor(random() * text.length)] ?? '';
    for (let round = 0; round < 500; round++) {
      const letters = Array.from(WRITTEN);
      for (let change = 0; change < 5; change++) {
        letters[Math.floor(random() * letters.length)] = pick(`${WRITTEN}&*!|>%@{}[]"'\0\t`);
      }
      const found = await find(letters.join(''));
      if (found !== undefined) assert.match(found.url, /^http:\/\/[^/@]+\/$/);
    }
  });
});
