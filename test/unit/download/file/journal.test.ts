import assert from 'node:assert/strict';
import {
  CACHED_LINE,
  etagLine,
  formatJournal,
  isSameContent,
  OWN_LINE,
  parseJournal,
  reliable,
  syncedLine,
  writtenLine,
  wrongLine,
} from '../../../../src/download/file/journal.ts';
import { RangeSet } from '../../../../src/download/file/ranges.ts';
import { BOOTED, COMMIT, MODEL } from './rig.ts';

const header = {
  ...{ model: MODEL, revision: COMMIT, path: 'model.gguf', size: 1_000, bootedAt: BOOTED },
  digest: { algorithm: 'sha256', hex: 'ab'.repeat(32) } as const,
};
const empty = {
  header,
  written: new RangeSet(),
  synced: new RangeSet(),
  etag: undefined,
  isOnItsOwn: false,
  isCached: false,
};
const text =
  formatJournal(empty) +
  etagLine('"one"') +
  writtenLine({ start: 0, end: 100 }) +
  syncedLine(new RangeSet([{ start: 0, end: 100 }])) +
  writtenLine({ start: 500, end: 600 }) +
  writtenLine({ start: 100, end: 250 });

describe('A journal', () => {
  it('tells what proved to be wrong, and that nothing more is to be copied', () => {
    const content = parseJournal(text + wrongLine([{ start: 50, end: 120 }]) + OWN_LINE);
    assert.deepEqual(content?.written.ranges, [
      { start: 0, end: 50 },
      { start: 120, end: 250 },
      { start: 500, end: 600 },
    ]);
    assert.deepEqual(content.synced.ranges, [{ start: 0, end: 50 }]);
    assert.equal(content.isOnItsOwn, true);
    assert.deepEqual(parseJournal(formatJournal(content)), content);
  });

  it('tells what was written in it', () => {
    const content = parseJournal(text);
    assert.ok(content);
    assert.deepEqual(content.written.ranges, [
      { start: 0, end: 250 },
      { start: 500, end: 600 },
    ]);
    assert.deepEqual(content.synced.ranges, [{ start: 0, end: 100 }]);
    assert.equal(content.etag, '"one"');
    assert.deepEqual({ ...content.header, version: undefined }, { ...header, version: undefined });
    assert.deepEqual(parseJournal(formatJournal(content)), content);
  });

  it('forgets what turned out to be wrong, until it is written again', () => {
    const wrong = wrongLine([
      { start: 50, end: 120 },
      { start: 590, end: 700 },
    ]);
    const content = parseJournal(text + wrong + writtenLine({ start: 60, end: 70 }));
    assert.ok(content);
    assert.deepEqual(content.written.ranges, [
      { start: 0, end: 50 },
      { start: 60, end: 70 },
      { start: 120, end: 250 },
      { start: 500, end: 590 },
    ]);
    assert.deepEqual(content.synced.ranges, [{ start: 0, end: 50 }]);
    assert.deepEqual(parseJournal(formatJournal(content)), content);
  });

  it('that is torn while it forgets forgets nothing', () => {
    const wrong = wrongLine([{ start: 50, end: 120 }]);
    for (let length = 0; length < wrong.length; length++) {
      assert.equal(parseJournal(text + wrong.slice(0, length))?.written.bytes, 350);
    }
    assert.equal(
      parseJournal(`${text}x 50-120 60\n${writtenLine({ start: 900, end: 950 })}`)?.written.bytes,
      350,
    );
  });

  it('torn at any byte tells no more than its whole lines', () => {
    const whole = text.split('\n').slice(0, -2).join('\n').length + 1;
    for (let length = whole; length < text.length; length++) {
      const content = parseJournal(text.slice(0, length));
      assert.deepEqual(content?.written.ranges, [
        { start: 0, end: 100 },
        { start: 500, end: 600 },
      ]);
    }
  });

  it('torn in its header tells nothing', () => {
    for (let length = 0; length < text.indexOf('\n') + 1; length++) {
      assert.equal(parseJournal(text.slice(0, length)), undefined);
    }
    assert.equal(parseJournal('{"version":2}\n'), undefined);
  });

  it('is believed up to the first line that is damaged', () => {
    const damaged = text.replace('w 500-600\n', '\0'.repeat(10));
    assert.deepEqual(parseJournal(damaged)?.written.ranges, [{ start: 0, end: 100 }]);
  });

  it('is believed in what was synced only, once the machine was started anew', () => {
    const content = parseJournal(text);
    assert.ok(content);
    assert.equal(reliable(content, BOOTED).bytes, 350);
    assert.equal(reliable(content, BOOTED + 2_000).bytes, 350, 'clocks are not exact');
    assert.equal(reliable(content, BOOTED + 60_000).bytes, 100);
    assert.equal(reliable(content, BOOTED - 60_000).bytes, 100);
  });

  it('tells that some bytes came from a cache, and nothing of that where it does not', () => {
    const cached = parseJournal(text + CACHED_LINE);
    assert.deepEqual([cached?.isCached, cached?.isOnItsOwn], [true, false]);
    assert.deepEqual(cached && parseJournal(formatJournal(cached)), cached);
    const plain = parseJournal(text);
    assert.deepEqual([plain?.isCached, plain?.isOnItsOwn], [false, false]);
  });

  it('is written in the lines that it is read by', () => {
    const ranges = new RangeSet([
      { start: 0, end: 10 },
      { start: 20, end: 30 },
    ]);
    assert.equal(syncedLine(ranges), 's 0-10 20-30\n');
    assert.equal(wrongLine(ranges.ranges), 'x 0-10 20-30\n');
    assert.equal(writtenLine({ start: 0, end: 10 }), 'w 0-10\n');
    assert.equal(etagLine('"a\nb"'), 'e "\\"a\\nb\\""\n');
    const [first, ...lines] = formatJournal(empty).split('\n');
    assert.equal(first, JSON.stringify({ version: 1, ...header }));
    assert.deepEqual(lines, ['s ', '']);
    const all = { ...empty, etag: 'x', isOnItsOwn: true, isCached: true, synced: ranges };
    assert.equal(
      formatJournal({ ...all, written: ranges }).replace(/^.*\n/, ''),
      'e "x"\nn\nc\ns 0-10 20-30\nw 0-10\nw 20-30\n',
    );
  });

  for (const line of [
    'w 1-2 3-4',
    'w 1-2x',
    'xw 900-950',
    's 1-2,3-4',
    'w  1-2',
    'q',
    'nn',
    'w ',
    '',
  ]) {
    it(`is not believed from a line that is none: "${line}"`, () => {
      const content = parseJournal(`${text}${line}\n${writtenLine({ start: 900, end: 950 })}`);
      assert.equal(content?.written.bytes, 350);
      assert.equal(content.synced.bytes, 100);
    });
  }

  it('knows no ETag that is no text', () => {
    for (const line of ['e 7', 'e {', 'e ']) {
      const content = parseJournal(`${text}${line}\n${writtenLine({ start: 900, end: 950 })}`);
      assert.deepEqual([content?.etag, content?.written.bytes], [undefined, 400]);
    }
  });

  it('says nothing of bytes that the file does not have', () => {
    const content = parseJournal(
      text +
        writtenLine({ start: 900, end: 1_100 }) +
        syncedLine(new RangeSet([{ start: 990, end: 1_010 }])),
    );
    assert.equal(content?.written.bytes, 450);
    assert.equal(content.synced.bytes, 10);
  });

  it('is believed after ten seconds of a clock that drifts, and no more', () => {
    const content = parseJournal(text);
    assert.ok(content);
    assert.equal(reliable(content, BOOTED + 10_000).bytes, 350);
    assert.equal(reliable(content, BOOTED + 10_001).bytes, 100);
  });

  it('is about the same bytes whatever the commit, and about others with another digest', () => {
    assert.ok(isSameContent(header, { ...header, revision: 'f'.repeat(40), path: 'b.gguf' }));
    assert.ok(!isSameContent(header, { ...header, size: 999 }));
    const digest = { algorithm: 'sha256', hex: 'cd'.repeat(32) } as const;
    assert.ok(!isSameContent(header, { ...header, digest }));
    const { hex } = header.digest;
    assert.ok(!isSameContent(header, { ...header, digest: { algorithm: 'git', hex } }));
  });
});
