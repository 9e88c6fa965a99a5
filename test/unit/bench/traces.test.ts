import assert from 'node:assert/strict';
import { generateTrace } from '../../bench/prefetch/person.ts';
import { TUNING_PERSONAS } from '../../bench/prefetch/personas.ts';
import { replay } from '../../bench/prefetch/replay.ts';
import { mostRecentlyUsed, nothing, oracle, ours } from '../../bench/prefetch/strategies.ts';
import { parseTrace, printTrace } from '../../bench/prefetch/trace.ts';
import { generateWorld } from '../../bench/prefetch/world.ts';

const DAYS = 8;

describe('Traces of people', () => {
  const persona = { ...TUNING_PERSONAS[0]!, visitsADay: 3 };
  const made = () => generateTrace(persona, generateWorld(7, 150, DAYS), 7);

  it('are the same for the same seed, and survive a file', () => {
    const trace = made();
    assert.equal(printTrace(trace), printTrace(made()));
    const lines = parseTrace(printTrace(trace), 'a.jsonl');
    assert.ok(lines.length > 150);
    assert.equal(printTrace({ name: trace.name, lines }), printTrace(trace));
  });

  it('name the line that is none', () => {
    const text = '{"type":"away","at":1,"until":2}\n\n{"type":"away","at":1}\n';
    assert.throws(() => parseTrace(text, 'a.jsonl'), /a\.jsonl:3 is no line of a trace/);
  });

  it('are replayed with what is there served, and never more bytes than our own way', async () => {
    const trace = made();
    const own = await replay(trace, ours());
    const without = await replay(trace, nothing);
    const recent = await replay(trace, mostRecentlyUsed(own));
    const opens = trace.lines.filter((line) => line.type === 'activity' && line.kind === 'opened');
    assert.equal(without.opens, opens.length);
    assert.deepEqual([without.servedAhead, without.fetchedBytes], [0, 0]);
    assert.equal(own.servedByEarlier, without.servedByEarlier);
    assert.ok(own.waiting <= without.waiting);
    const known = await replay(trace, oracle(trace, own));
    const all = await replay(trace, oracle(trace));
    assert.ok(known.servedAhead >= own.servedAhead && known.servedAhead > recent.servedAhead);
    assert.ok(all.servedAhead >= known.servedAhead && all.fetchedBytes === all.usedBytes);
    const largest = 200 * 1024;
    assert.ok(recent.fetchedBytes <= own.fetchedBytes + largest);
  });
});
