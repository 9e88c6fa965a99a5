import assert from 'node:assert/strict';
import { z } from 'zod';
import {
  keepKnown,
  parseEntries,
  refuseEmpty,
  refuseUnreadable,
} from '../../../../src/sync/gateway/entries.ts';
import { assertSyncError } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';

const schema = z.object({ id: z.string(), more: z.object({ size: z.number() }).optional() });
const idOf = (raw: unknown) => (raw as { id?: string } | null)?.id;

describe('The entries of a list', () => {
  let logger: ReturnType<typeof collectingLogger>;
  beforeEach(() => {
    logger = collectingLogger();
  });
  const parse = (list: unknown) => parseEntries(list, schema, 'hub.example', logger);

  it('are read one by one, each with what came', () => {
    const raw = { id: 'a', extra: 1 };
    const bad = { id: 'b', more: { size: 'big' } };
    assert.deepEqual(parse([raw, bad, null]), {
      entries: [{ entry: { id: 'a' }, raw }],
      unreadable: [bad, null],
    });
    const [first, second] = logger.at('warn');
    assert.match(first ?? '', /hub\.example: dropped an entry: more\.size .*number/);
    assert.match(second ?? '', /dropped an entry: .*object/);
  });

  it('are logged up to twenty, in 300 letters each, and the others counted', () => {
    const long = 'x'.repeat(1_000);
    parseEntries(
      Array.from({ length: 20 }, () => 7),
      schema,
      long,
      logger,
    );
    assert.equal(logger.lines.length, 20);
    assert.ok(logger.lines.every((line) => line.length <= 'warn: '.length + 300));
    logger.lines.length = 0;
    assert.equal(parse(Array.from({ length: 25 }, () => 7)).unreadable.length, 25);
    assert.equal(logger.lines.length, 21);
    assert.match(logger.lines.at(-1) ?? '', /warn: hub\.example: dropped 5 more entries/);
  });

  it('that are nested too deep are kept without their depth', () => {
    const deep: unknown = JSON.parse('['.repeat(100) + ']'.repeat(100));
    const { entries, unreadable } = parse([{ id: 'a', deep }, { id: 'b' }]);
    assert.equal(entries.length, 1);
    assert.ok(JSON.stringify(unreadable).length < 200);
    assert.match(logger.lines[0] ?? '', /it is nested too deep/);
  });

  for (const other of [{}, null, 'text', undefined]) {
    it(`are a bad answer where it is no list: ${JSON.stringify(other)}`, () => {
      assert.throws(
        () => parse(other),
        (error) => assertSyncError(error, 'badAnswer', /hub\.example answered with something/),
      );
    });
  }
});

describe('A list of something else', () => {
  const logger = collectingLogger();
  const refuse = (list: readonly unknown[]) =>
    refuseUnreadable(parseEntries(list, schema, 'hub.example', logger), 'hub.example', idOf);

  it('is refused where nothing in it is even called like a model', () => {
    assert.throws(
      () => refuse([{}, 7]),
      (error) => assertSyncError(error, 'badAnswer', /with 2 entries, none of which is a model/),
    );
  });

  it('is not one where anything can be read, be it a name, or where it is empty', () => {
    refuse([{ id: 'a' }, 7]);
    refuse([{ id: 'a', more: 7 }, 7]);
    refuse([]);
  });

  it('is refused where it is empty and must not be', () => {
    assert.throws(
      () => refuseEmpty({ entries: [], unreadable: [] }, 'hub.example'),
      (error: Error) => /hub\.example holds no models.*publisher/.test(error.message),
    );
    refuseEmpty({ entries: [], unreadable: [7] }, 'hub.example');
    refuseEmpty(parseEntries([{ id: 'a' }], schema, 'hub.example', logger), 'hub.example');
  });
});

describe('What is known of entries that cannot be read', () => {
  const known = new Map([['b', 'known']]);
  const keep = (unreadable: readonly unknown[], manifest = new Map<string, string>()) => ({
    complete: keepKnown(manifest, unreadable, known, idOf),
    manifest: Object.fromEntries(manifest),
  });

  it('stays', () => {
    assert.deepEqual(keep([{ id: 'b' }]), { complete: true, manifest: { b: 'known' } });
  });
  it('does not count where the entry stands there twice, and was read once', () => {
    const read = new Map([['b', 'read']]);
    assert.deepEqual(keep([{ id: 'b' }], read), { complete: true, manifest: { b: 'read' } });
  });
  it('is nothing of a new one', () => {
    assert.deepEqual(keep([{ id: 'c' }]), { complete: true, manifest: {} });
  });
  it('may lack something where one has no name', () => {
    assert.deepEqual(keep([{}, { id: 'b' }]), { complete: false, manifest: { b: 'known' } });
    assert.deepEqual(keep([{ id: 'b' }, {}]), { complete: false, manifest: { b: 'known' } });
  });
});
