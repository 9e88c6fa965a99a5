import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { SCHEMA_VERSION } from '../../../src/sync/cache/migrations.ts';
import type { SyncErrorKind } from '../../../src/sync/errors.ts';
import type { FaultSet } from '../../hub/faults.ts';
import { assertFailure } from '../support/assertSyncError.ts';
import { endpointsOf, sourcesOf, useEngine } from '../support/useEngine.ts';
import { parseDump, useSharedHub } from '../support/useHub.ts';

const HF = 'hf:janhq';
const MINUTE = 60_000;
/** What is to be done about Cortex has nothing to do with the Hub's tokens and names. */
const OF_CORTEX: Readonly<Partial<Record<SyncErrorKind, RegExp>>> = {
  unauthorised: /wants an API key.*Check "apiKeys"/,
  forbidden: /wants an API key.*Check "apiKeys"/,
  notFound: /no Cortex server.*Check the setting/,
};

describe('A sync that fails', () => {
  const hub = useSharedHub({ models: 63 });
  const rig = useEngine(hub);

  for (const [name, faults, kind, message] of [
    ['nobody answers', { offline: true }, 'offline', /cannot be reached.*check the network/],
    ['the connection is reset', { reset: true }, 'badAnswer', /broke off.*tried again/],
    ['the answer breaks off', { truncate: true }, 'badAnswer', /broke off.*tried again/],
    ['a web page comes', { wrongType: 'html' }, 'badAnswer', /web page.*proxy/],
    ['something else than JSON comes', { wrongType: 'text' }, 'badAnswer', /not JSON/],
    ['nothing comes', { wrongType: 'empty' }, 'badAnswer', /not JSON/],
    ['something else than a list comes', { wrongType: 'object' }, 'badAnswer', /not a list/],
    ['it wants a token', { requireToken: true }, 'unauthorised', /wants a token.*Set one with/],
    ['it says 401', { status: 401 }, 'unauthorised', /check the name/],
    ['it says 403', { status: 403 }, 'forbidden', /Set one with/],
    ['it says 404', { status: 404 }, 'notFound', /Check the name/],
    ['it says 429', { rateLimit: true }, 'rateLimited', /slow down.*tried again/],
    ['its edge says 429', { rateLimit: { headers: false } }, 'rateLimited', /tried again/],
    ['it says 500', { status: 500 }, 'server', /error 500.*tried again/],
    ['it says 503', { status: 503 }, 'server', /error 503.*tried again/],
  ] as [string, FaultSet, SyncErrorKind, RegExp][]) {
    describe(`because ${name}`, () => {
      for (const source of [HF, 'jan:v2', 'cortex']) {
        it(`keeps what is known of ${source} and tells what to do, until it succeeds`, async () => {
          const at = rig();
          const { reader, clock, logger, applied } = at;
          await at.sync(source);
          const before = at.dump(source);
          const lastSuccess = clock.now();
          const announced = applied.length;
          // Whether something has changed must make no difference to what went wrong.
          hub().setFaults({ etags: 'none', ...faults });
          clock.advance(MINUTE);

          const { error, added, updated, removed } = await at.sync(source);
          const expected = source === 'cortex' ? (OF_CORTEX[kind] ?? message) : message;
          assertFailure(error, kind, expected);
          assert.deepEqual([added, updated, removed], [0, 0, 0]);
          assert.equal(at.dump(source), before);
          assert.equal(applied.length, announced);
          const [status] = reader.sources([source]);
          assert.deepEqual(status?.failure, { ...error, at: clock.now() });
          assert.equal(status.lastSuccess, lastSuccess);
          assert.ok(status.models > 0);
          assert.ok(logger.at('warn').some((line) => line.includes(source)));

          hub().setFaults({});
          // Who asked to slow down is left alone for a window of five minutes.
          clock.advance(6 * MINUTE);
          assert.equal((await at.sync(source)).error, undefined);
          assert.equal(reader.sources([source])[0]?.failure, undefined);
          assert.equal(at.dump(source), hub().truth(source));
        });
      }
    });
  }

  it('leaves the other sources alone', async () => {
    const at = rig();
    hub().setFaults({
      rules: [
        { match: HF, status: 500 },
        { match: 'jan:v1', offline: true },
      ],
    });
    const sources = sourcesOf(hub());
    const report = await at.engine.sync({ reason: 'manual', sources });
    const failed = report.sources.filter(({ error }) => error).map(({ source }) => source);
    assert.deepEqual(failed.sort(), [HF, 'jan:v1']);
    const others = parseDump(hub().truth()).filter(({ source }) => !failed.includes(source));
    assert.deepEqual(parseDump(at.dump()), others);
  });

  it('because the hub was never there shows the seed and the reason', async () => {
    const { pathname } = new URL('../../../media/seed.json', import.meta.url);
    hub().setFaults({ offline: true });
    const at = rig({ seedFile: pathname, settings: { sources: [HF] } });
    const { error } = await at.sync(HF, { reason: 'startup' });
    assertFailure(error, 'offline');
    const [status] = at.reader.sources([HF]);
    assert.ok(status!.models > 0);
    assert.equal(status?.lastSuccess, undefined);
    assert.equal(status?.failure?.kind, 'offline');
  });

  it('because the token is rejected says so', async () => {
    const settings = { tokens: { [hub().url]: 'hf_old' } };
    hub().setFaults({ rejectToken: true });
    const { error } = await rig({ settings }).sync(HF);
    assertFailure(error, 'unauthorised', /rejected the token.*Set a new one with/);
  });

  it('shows no token in the log or in a message', async () => {
    const at = rig({ settings: { tokens: { [hub().url]: 'hf_very_secret' } } });
    await at.sync(HF);
    hub().setFaults({ rejectToken: true });
    const report = await at.sync(HF);
    assert.doesNotMatch(JSON.stringify(report) + at.logger.lines.join(), /very_secret/);
  });

  it('because there is no such author says how to go on, and a typo is no success', async () => {
    const at = rig();
    const { error } = await at.sync('hf:janqh');
    assertFailure(error, 'notFound', /no models of "janqh".*Check how the author is spelt/);
    assert.equal(at.reader.sources(['hf:janqh'])[0]?.lastSuccess, undefined);
  });

  it('because the key names no source says how one is written', async () => {
    assertFailure((await rig().sync('ftp:x')).error, 'notFound', /Write hf:<author>/);
  });

  describe('in one record', () => {
    for (const [source, field, value] of [
      [HF, 'sha', undefined],
      [HF, 'siblings', 'none'],
      [HF, 'downloads', 1.5],
      ['jan:v2', 'quants', 7],
      ['jan:v2', 'downloads', 'many'],
      ['cortex', 'models', 'none'],
    ] as const) {
      it(`drops that one and has the rest: ${field} of ${source}`, async () => {
        const at = rig();
        const [{ id } = { id: '' }] = parseDump(hub().truth(source));
        const bad = { source, id, field, ...(value !== undefined && { value }) };
        hub().setFaults({ bad });
        const report = await at.sync(source);
        assert.equal(report.error, undefined);
        assert.equal(report.dropped, 1);
        const rest = parseDump(hub().truth(source)).filter((row) => row.id !== id);
        assert.deepEqual(
          parseDump(at.dump()).map((row) => row.id),
          rest.map((row) => row.id),
        );
        assert.match(at.logger.at('warn').join(), new RegExp(`${source}: dropped an entry`));

        hub().setFaults({});
        assert.equal((await at.sync(source)).added, 1);
        assert.equal(at.dump(), hub().truth(source));
      });

      it(`that is known keeps it as it was: ${field} of ${source}`, async () => {
        const at = rig();
        await at.sync(source);
        const [{ id } = { id: '' }] = parseDump(hub().truth(source));
        hub().setFaults({ bad: { source, id, field, ...(value !== undefined && { value }) } });
        const before = at.dump();
        const report = await at.sync(source);
        assert.deepEqual([report.updated, report.removed, report.error], [0, 0, undefined]);
        assert.equal(at.dump(), before);
      });
    }
  });

  it('because the catalogue is of a newer version asks nobody, and says what to do', async () => {
    const first = rig();
    await first.sync(HF);
    const newer = new DatabaseSync(first.engine.storage.path);
    newer.exec('PRAGMA user_version = 999');
    newer.close();
    hub().resetStats();
    const at = rig();
    assertFailure((await at.sync(HF)).error, 'storage', /newer version.*update Model Hub/);
    assert.equal(hub().stats().total.requests, 0);
    assert.equal(at.dump(), hub().truth(HF));
  });

  it('because a newer window has taken over the catalogue asks nobody, and writes nothing', async () => {
    const at = rig();
    await at.sync(HF);
    hub().advance();
    const newer = new DatabaseSync(at.engine.storage.path);
    newer.exec('PRAGMA user_version = 999');
    hub().resetStats();
    const before = at.dump();
    assertFailure((await at.sync(HF)).error, 'outdated', /newer version.*Reload the window/);
    assert.equal(hub().stats().total.requests, 0);
    assert.equal(at.dump(), before);
    newer.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    newer.close();
    assert.equal((await at.sync(HF)).error, undefined);
  });

  it('does so for addresses with and without a slash at the end alike', async () => {
    const { huggingFace, janCatalogue, cortex } = endpointsOf(hub());
    const endpoints = {
      huggingFace: `${huggingFace}/`,
      janCatalogue: `${janCatalogue}/`,
      cortex: `${cortex}/`,
    };
    const at = rig({ settings: { endpoints } });
    for (const source of [HF, 'jan:v2', 'cortex']) {
      assert.equal((await at.sync(source)).error, undefined);
    }
  });
});
