import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { RECEIPT_FILE } from '../../../src/download/receipt.ts';
import type { LocalSettings } from '../../../src/local/localApi.ts';
import type { Logger } from '../../../src/sync/logger.ts';
import { discoverCortex } from '../../../src/sync/gateway/cortexDiscovery.ts';
import { redactor } from '../../../src/sync/redaction.ts';
import { channelLogger } from '../../../src/views/log.ts';
import type { CollectingLogger } from '../support/collectingLogger.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { useLocalServer } from '../support/localServer.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { until } from '../support/until.ts';
import { endpointsOf, useEngine } from '../support/useEngine.ts';
import { useHub } from '../support/useHub.ts';
import { LocalRig, SOURCE } from '../support/useLocal.ts';

/** What nobody else may ever read, planted wherever something secret comes from. */
const HUB_TOKEN = 'hf_plantedHubToken123';
const SECRETS = {
  hubToken: HUB_TOKEN,
  mirrorToken: 'planted-mirror-token',
  cortexKey: 'planted-cortex-key',
  proxyLogin: 'planted-login',
  proxyPassword: 'planted-p@ssword',
  proxyAuthorization: 'cGxhbnRlZDpoZWFkZXI=',
};
/** The name of the user, which is that of the home folder. */
const PERSON = 'planted-person';
/** The hub signs the addresses at its content network in this way. */
const SIGNED = /Signature=[0-9a-f]{8}/;
const FILE = { path: 'tiny-Q4_0.gguf', size: 300_000 };

describe('What was planted', function () {
  this.timeout(120_000);
  const temporary = useTemporaryFolder();
  const hub = useHub({ models: 80, cortexApiKey: SECRETS.cortexKey });
  const mirror = useLocalServer();
  const cortexPort = useLocalServer();
  const engine = useEngine(hub);
  const before = { HOME: process.env['HOME'], USERPROFILE: process.env['USERPROFILE'] };
  let written: CollectingLogger;
  let said: CollectingLogger;
  let rig: LocalRig;

  beforeEach(() => {
    const person = join(temporary(), PERSON);
    Object.assign(process.env, { HOME: person, USERPROFILE: person });
    assert.equal(homedir(), person);
    const storage = join(person, 'storage');
    written = collectingLogger();
    said = collectingLogger();
    const sink = channelLogger(written, redactor({ storage, home: person, temporary: tmpdir() }));
    const logger = both(said, sink);
    const { huggingFace, janCatalogue } = endpointsOf(hub());
    const settings = {
      sources: [SOURCE],
      endpoints: { huggingFace, janCatalogue },
      tokens: { [hub().url]: HUB_TOKEN, [mirror().url]: SECRETS.mirrorToken },
      network: proxied,
    };
    const discover = () => discoverCortex(rig.machine, logger);
    const services = { logger, discoverCortex: discover };
    rig = new LocalRig(person, hub(), engine({ storage, settings, services }));
    const { port } = new URL(cortexPort().url);
    // The hub's Cortex has no port of its own.
    cortexPort().answer(({ url = '', headers: { authorization } }, response) => {
      const headers = authorization === undefined ? {} : { authorization };
      void fetch(`${hub().cortexUrl}${url}`, { headers }).then(async (answer) => {
        response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
      });
    });
    const cortex = join(person, 'home', '.config', 'cortexcpp');
    mkdirSync(cortex, { recursive: true });
    const keys = `apiKeys:\n  - ${SECRETS.cortexKey}\n`;
    writeFileSync(join(cortex, '.cortexrc'), `apiServerPort: ${port}\n${keys}`);
  });
  afterEach(async () => {
    await rig.close();
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  const proxied = {
    systemCertificates: false,
    proxy: {
      url: `http://${SECRETS.proxyLogin}:${SECRETS.proxyPassword}@127.0.0.1:1`,
      noProxy: ['huggingface.co'],
      strictSsl: true,
      authorization: `Basic ${SECRETS.proxyAuthorization}`,
    },
  };

  /** Has everything go wrong that may quote a secret, then right. @returns what users were told */
  async function work(): Promise<string> {
    const { sync } = rig.engine;
    const told: unknown[] = [];
    mirror().answer(({ headers, url }, response) => {
      const repeated = `${headers.authorization} may not see https://cdn.example${url}?Signature=0123456789`;
      response.writeHead(403, { 'x-error-message': repeated }).end();
    });
    told.push(await sync(`published:${mirror().url}/list`));
    told.push(await sync('published:http://models.invalid/list'));
    told.push(await sync('cortex'));
    hub().setFaults({ rejectToken: true });
    told.push(await sync(SOURCE));
    hub().setFaults({ rules: [{ match: SOURCE, wrongType: 'html' }] });
    told.push(await sync(SOURCE));
    hub().setFaults({});
    told.push(await sync(SOURCE));

    const tokens = { [hub().url]: HUB_TOKEN };
    const logger = both(said, channelLogger(written, redactorOf()));
    // Nobody named an address of Cortex: it is found, with its key.
    const found = { cortex: undefined } as unknown as Pick<LocalSettings, 'cortex'>;
    const broken = rig.path('models', 'somebody', 'something');
    mkdirSync(broken, { recursive: true });
    writeFileSync(join(broken, RECEIPT_FILE), 'no receipt');
    const local = rig.open({ ...found, tokens, network: proxied }, { logger });
    const { entries } = await local.rescan();
    assert.ok(
      entries.some(({ runtime }) => runtime.kind === 'cortex'),
      'Cortex let nobody in',
    );
    await rig.commit(FILE);
    const plan = await rig.plan('tiny-Q4_0');
    const ended = (): boolean =>
      rig.downloads.at(-1)?.some(({ state }) => state === 'failed' || state === 'waiting') === true;
    hub().setFaults({ cdnOrigin: 'http://127.0.0.1:1' });
    const download = await local.download(plan, 'folder');
    await until(ended);
    told.push(rig.downloads);
    hub().setFaults({ signedUrlSeconds: 1, short: { probability: 0.5 } });
    await local.resume(download.id);
    await until(() => rig.finished.length > 0);
    told.push(rig.downloads, await local.rescan());
    return JSON.stringify(told);
  }

  const redactorOf = () =>
    redactor({ storage: rig.path('storage'), home: rig.folder, temporary: tmpdir() });

  it('is in no log, no exported history and no database, and told to nobody', async () => {
    const told = await work();
    const log = written.lines.join('\n');
    const history = JSON.stringify(rig.engine.engine.history());
    await rig.engine.closeEngine();
    await rig.close();

    assert.match(said.lines.join('\n'), new RegExp(PERSON), 'no message had a path in it');
    assert.match(told, /may not see/, 'the mirror was not quoted');
    assert.ok(hub().stats().routes['cdn']?.requests, 'no signed address was used');
    for (const [where, text] of [
      ['the log', log],
      ['the history', history],
    ] as const) {
      assert.ok(!text.includes(PERSON), `${where} tells the home folder`);
    }
    for (const [where, text] of [
      ['the log', log],
      ['the history', history],
      ['what is told', told],
      ...filesIn(rig.folder),
    ] as const) {
      for (const [what, secret] of Object.entries(SECRETS)) {
        assert.ok(!text.includes(secret), `${what} is in ${where}`);
      }
      assert.doesNotMatch(text, SIGNED, `a signed address is in ${where}`);
    }
  });
});

/** All files that were written, with what is in them, but for the one that a key was put into. */
function filesIn(folder: string): (readonly [string, string])[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== '.cortexrc')
    .map(({ parentPath, name }) => [name, readFileSync(join(parentPath, name), 'latin1')]);
}

function both(one: Logger, two: Logger): Logger {
  const tell = (level: keyof Logger) => (message: string) => {
    one[level](message);
    two[level](message);
  };
  return { debug: tell('debug'), info: tell('info'), warn: tell('warn'), error: tell('error') };
}
