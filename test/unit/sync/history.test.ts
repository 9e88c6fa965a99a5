import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { RunStore } from '../../../src/sync/cache/runStore.ts';
import { History, KEPT_RUNS } from '../../../src/sync/history.ts';
import type { SourceReport } from '../../../src/sync/report.ts';
import { nothingDone } from '../../../src/sync/report.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { NOON } from '../support/fakeClock.ts';
import { useCatalogue } from '../support/useCatalogue.ts';

const MINUTE = 60_000;
const STORAGE = '/srv/editor/modelHub';

describe('The sync history', () => {
  const catalogue = useCatalogue();
  let logger: ReturnType<typeof collectingLogger>;

  const open = (): History => {
    logger = collectingLogger();
    return new History(new RunStore(catalogue().database), STORAGE, logger);
  };
  const asked = (outcome: Partial<SourceReport> = {}) => ({
    reason: 'visible' as const,
    sources: [
      { ...nothingDone('hf:janhq'), requests: 1, bytesReceived: 300, wholeBytes: 900, ...outcome },
    ],
  });
  const stored = (): number =>
    Number(catalogue().database.prepare('SELECT count(*) AS runs FROM run').get()?.['runs']);

  it('tells what each run did and cost, newest first, also after it was closed', () => {
    const history = open();
    history.note(asked({ added: 2, bytesSaved: 9 }), NOON, 40, true);
    const failed = { error: { kind: 'offline' as const, message: 'Check the network.' } };
    history.note(asked(failed), NOON + MINUTE, 50, true);
    const cost = { requests: 1, bytes: 300, wholeBytes: 900 };
    const expected = [
      { at: NOON + MINUTE, durationMs: 50, ...cost, bytesSaved: 0, ...asked(failed) },
      { at: NOON, durationMs: 40, ...cost, bytesSaved: 9, ...asked({ added: 2, bytesSaved: 9 }) },
    ];
    assert.deepEqual(history.list(), expected);
    assert.deepEqual(open().list(), expected);
  });

  it('reads runs of versions that did not tell what everything would have cost', () => {
    const run = { at: NOON, durationMs: 1, requests: 1, bytes: 300, bytesSaved: 0 };
    const sources = [{ source: 'hf:janhq', requests: 1, bytesReceived: 300 }];
    new RunStore(catalogue().database).add(
      [JSON.stringify({ ...run, reason: 'visible', sources })],
      1,
    );
    const [kept] = open().list();
    assert.deepEqual(kept, {
      ...{ ...run, reason: 'visible', wholeBytes: 300 },
      sources: [{ ...nothingDone('hf:janhq'), ...sources[0], wholeBytes: 300 }],
    });
  });

  it('writes a quiet run with the next that writes anyway', () => {
    const history = open();
    history.note(asked(), NOON, 1, true);
    history.note(asked(), NOON + MINUTE, 1, false);
    history.note(asked(), NOON + 2 * MINUTE, 1, false);
    assert.equal(stored(), 1);
    assert.equal(history.list().length, 3);
    history.note(asked(), NOON + 3 * MINUTE, 1, true);
    assert.equal(stored(), 4);
    assert.equal(history.list().length, 4);
  });

  it('writes quiet runs after an hour, or at the end', () => {
    const history = open();
    history.note(asked(), NOON, 1, true);
    history.note(asked(), NOON + 60 * MINUTE - 1, 1, false);
    assert.equal(stored(), 1);
    history.note(asked(), NOON + 60 * MINUTE, 1, false);
    assert.equal(stored(), 3);
    history.note(asked(), NOON + 61 * MINUTE, 1, false);
    history.flush(NOON + 62 * MINUTE);
    assert.equal(stored(), 4);
  });

  it('keeps the last 200 of all windows', () => {
    const [one, two] = [open(), open()];
    for (let run = 0; run < KEPT_RUNS + 10; run++) {
      (run % 2 ? one : two).note(asked(), NOON + run, 1, run % 7 === 0);
    }
    one.flush(NOON);
    two.flush(NOON);
    assert.equal(stored(), KEPT_RUNS);
    const times = one.list().map(({ at }) => at - NOON);
    assert.equal(times.length, KEPT_RUNS);
    assert.equal(times[0], KEPT_RUNS + 9);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => b - a),
    );
  });

  it('leaves out runs in which nobody was asked', () => {
    const history = open();
    const sources = [{ ...nothingDone('hf:janhq'), skipped: 'lease' as const }];
    history.note({ reason: 'visible', sources }, NOON, 1, true);
    assert.deepEqual(history.list(), []);
  });

  it('holds no path of the user and nothing secret of an address', () => {
    const history = open();
    const message =
      `Cannot write ${join(homedir(), 'notes', 'x.db')} nor ${STORAGE}/catalogue.db; ` +
      'ask http://joe:secret@proxy.example:8080/a?signature=abc. Check both.';
    const source = 'published:https://joe:secret@models.example/list?token=abc#key=public';
    history.note(
      {
        reason: 'idle',
        sources: [{ ...asked({ error: { kind: 'storage', message } }).sources[0]!, source }],
      },
      NOON,
      1,
      true,
    );
    const [kept] = history.list()[0]!.sources;
    assert.equal(kept?.source, 'published:https://models.example/list#key=public');
    assert.match(kept.error!.message, /^Cannot write ~.notes.x\.db nor <storage>\/catalogue\.db;/);
    const all = JSON.stringify(catalogue().database.prepare('SELECT * FROM run').all());
    for (const secret of [homedir() + '/', STORAGE, 'joe', 'secret', 'abc']) {
      assert.ok(!all.includes(secret), secret);
    }
  });

  it('waits where the disk is full, and loses nothing', () => {
    const { database } = catalogue();
    const history = open();
    database.exec('PRAGMA query_only = ON');
    history.note(asked(), NOON, 1, true);
    assert.equal(history.list().length, 1);
    assert.match(logger.lines.join(), /history could not be written/);
    database.exec('PRAGMA query_only = OFF');
    history.note(asked(), NOON + 1, 1, true);
    assert.equal(stored(), 2);
  });
});
