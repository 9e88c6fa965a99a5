import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCortexEvent } from '../../../src/runtime/cortex/cortexEvents.ts';
import { discoverCortex } from '../../../src/sync/gateway/cortexDiscovery.ts';
import { CortexApi } from '../../../src/sync/gateway/cortexApi.ts';
import { isLoopback } from '../../../src/sync/http/network.ts';
import type { Logger } from '../../../src/sync/logger.ts';
import { parseDownloadedModels } from '../../../src/sync/gateway/cortexModels.ts';
import { CortexServer } from '../../../src/sync/gateway/cortexServer.ts';
import { CortexServers } from '../../../src/sync/gateway/cortexServers.ts';
import type { CortexSettings } from '../../../src/sync/gateway/cortexServers.ts';
import { CLOCK, cannedSession, ENDPOINT, NO_LOGGER } from '../answers.ts';
import { assertListing, assertSize, orTypedError } from '../holds.ts';
import { count, fileName, repository, text } from '../inputs/hub.ts';
import { jsonBody, listBody, membersOf } from '../inputs/json.ts';
import { damagedText } from '../inputs/text.ts';
import { target } from '../target.ts';
import { firstQuestion } from './hub.ts';

const inData = (data: readonly unknown[]): unknown => ({ object: 'list', data, result: 'OK' });

const source = fc
  .record({
    metadata: repository,
    models: fc.option(
      fc.array(
        fc.record({ id: fileName.map((file) => `author:repo:${file}`), size: fc.option(count) }),
        { maxLength: 3 },
      ),
    ),
  })
  .map((one) => ({ ...one, id: `https://huggingface.co/${one.metadata.id}` }));

/** What was posted to a Cortex server. */
export const cortexSources = target({
  name: 'cortex-sources',
  reads: 'the model sources of a Cortex server',
  inputs: listBody(source, ({ id }) => id, inData),
  size: ({ bytes }) => bytes.length,
  check: async ({ bytes, whole, isList }) => {
    const settings = (): CortexSettings => ({ url: ENDPOINT.href, addSources: [] });
    const servers = new CortexServers({ settings, clock: CLOCK });
    const server = new CortexServer(servers);
    const listing = await orTypedError(() => server.probe(firstQuestion({ body: bytes })));
    if (listing === undefined) {
      assert.ok(!isList || whole.length === 0, 'what was well in the list got lost');
      return;
    }
    const rows = await assertListing(server.key, listing);
    if (!isList) return;
    for (const { metadata } of whole) assert.ok(rows.has(metadata.id), `${metadata.id} got lost`);
  },
});

const model = fc.oneof(
  membersOf(
    { id: text.filter(Boolean), status: fc.constant('downloaded') },
    {
      ...{
        engine: text,
        size: fc.option(count),
        files: fc.option(fc.array(text, { maxLength: 2 })),
      },
      ...{ mmproj: fc.option(text), ctx_len: fc.option(count) },
    },
  ),
  membersOf(
    { id: text.filter(Boolean), status: fc.constant('downloadable'), modelSource: text },
    {
      metadata: fc.oneof(
        repository.map((one) => JSON.stringify(one)),
        text,
      ),
    },
  ),
  membersOf({ id: text.filter(Boolean) }, { engine: text }),
);

/** What a Cortex server has, could have and passes on. */
export const cortexModels = target({
  name: 'cortex-models',
  reads: 'the models of a Cortex server',
  inputs: listBody(
    model.map((one) => ({ ...one, id: String(one['id']) })),
    ({ id }) => id,
    inData,
  ),
  size: ({ bytes }) => bytes.length,
  check: async ({ bytes, whole, isList }) => {
    const api = new CortexApi(ENDPOINT);
    const models = await orTypedError(() => api.models(cannedSession({ body: bytes }), NO_LOGGER));
    if (models === undefined) {
      assert.ok(!isList);
      return;
    }
    for (const one of models) {
      assert.ok(one.id.length > 0);
      if (one.kind === 'downloaded') assertSize(one.size);
      else if (one.kind === 'downloadable')
        assert.match(one.repository ?? 'a/b', /^[\w.-]+\/[\w.-]+$/);
    }
    const ids = new Set(models.map(({ id }) => id));
    if (isList) for (const { id } of whole) assert.ok(ids.has(id), `${id} got lost`);
    const { data } = JSON.parse(bytes.toString()) as { data: readonly unknown[] | null };
    for (const { size } of parseDownloadedModels(data ?? [], NO_LOGGER).models) assertSize(size);
  },
});

const event = fc.record({
  type: fc.constantFrom('DownloadStarted', 'DownloadUpdated', 'DownloadSuccess', 'DownloadStopped'),
  task: membersOf(
    { id: text },
    {
      type: fc.constantFrom('Model', 'Engine'),
      items: fc.array(membersOf({}, { bytes: count, downloadedBytes: count, id: text })),
    },
  ),
});

/** What a Cortex server says of its downloads. */
export const cortexEvents = target({
  name: 'cortex-events',
  reads: 'the events of a Cortex server',
  inputs: jsonBody(event),
  size: ({ bytes }) => bytes.length,
  check: ({ bytes }) => {
    const said = parseCortexEvent(bytes.toString());
    if (said === undefined) return;
    const { bytes: done, totalBytes = 1 } = said.progress;
    assert.ok(Number.isFinite(done) && done >= 0);
    assert.ok(Number.isFinite(totalBytes) && totalBytes > 0);
    assert.ok(['running', 'done', 'failed', 'stopped'].includes(said.state));
  },
});

const machine = { platform: 'linux' as const, home: '/home/user', environment: {} };
/** Two folders, with the file of each kind of release. */
const PLACES = 6;
/** Stands in every configuration, and must not come out of it except as the key. */
const KEY = 'sk-canary-0123456789';
const host = fc.oneof(
  fc.constantFrom('127.0.0.1', 'localhost', '0.0.0.0', '::', '[::1]', '::1', 'example.org'),
  fc.constantFrom('999.1.1.1', '0x7f.1', '127.1', '1.2.3', 'xn--', 'a..b', '256', 'LOCALHOST'),
  text,
);
const configuration = fc
  .record({
    host,
    port: fc.oneof(fc.integer({ min: -1, max: 70_000 }).map(String), text),
    folder: text,
  })
  .map(({ host: at, port, folder }) =>
    [
      `apiServerHost: ${at}`,
      `apiServerPort: ${port}`,
      `apiKeys:\n  - ${KEY}`,
      `dataFolderPath: ${folder}`,
      'huggingFaceToken: ""',
      '',
    ].join('\n'),
  );

/** How Cortex says where it listens. */
export const cortexConfiguration = target({
  name: '.cortexrc',
  reads: "Cortex' configuration",
  inputs: damagedText(configuration),
  // It stands in each of the places where it is looked for.
  size: (yaml) => PLACES * yaml.length,
  check: async (yaml) => {
    const logged: string[] = [];
    const log = (message: string): void => void logged.push(message);
    const logger: Logger = { debug: log, info: log, warn: log, error: log };
    const found = await discoverCortex(
      { ...machine, readText: () => Promise.resolve(yaml) },
      logger,
    );
    assert.ok(
      logged.every((line) => !line.includes('canary')),
      'the key stands in the log',
    );
    if (found === undefined) return;
    const url = new URL(found.url);
    assert.ok(found.url.endsWith('/') && url.protocol === 'http:' && url.pathname === '/');
    assert.ok(url.username === '' && !found.url.includes('canary'));
    if (found.apiKey !== undefined) {
      assert.match(found.apiKey, /^[\x21-\x7e]+$/);
      assert.ok(isLoopback(url.hostname), `${url.hostname} gets the key`);
    }
    const asked = /^apiServerHost: ([\w.-]+)$/m.exec(yaml)?.[1];
    if (asked === undefined || asked === '0.0.0.0' || yaml.split('apiServerHost').length > 2)
      return;
    const expected = URL.parse(`http://${asked}/`)?.hostname;
    assert.equal(url.hostname, expected, 'another server than the one that was named');
  },
});
