import assert from 'node:assert/strict';
import type { ActivityEvent, TrackRecord } from '../../../../src/sync/activity.ts';
import type { Candidate } from '../../../../src/sync/strategy/prefetch/candidate.ts';
import { traitsOf } from '../../../../src/sync/strategy/prefetch/candidate.ts';
import { earnedBytes } from '../../../../src/sync/strategy/prefetch/fetchAhead.ts';
import { predict } from '../../../../src/sync/strategy/prefetch/predict.ts';
import type { Prediction } from '../../../../src/sync/strategy/prefetch/predict.ts';
import { Taste } from '../../../../src/sync/strategy/prefetch/taste.ts';
import { TUNING } from '../../../../src/sync/strategy/prefetch/tuning.ts';
import { NOON } from '../../support/fakeClock.ts';

const DAY = 24 * 60 * 60_000;
const FAMILIES = ['Qwen', 'Gemma', 'Llama', 'Phi'];

/** The n-th of some models that are alike but for family and author. */
function candidate(number: number, changes: Partial<Candidate> = {}): Candidate {
  const family = FAMILIES[number % FAMILIES.length]!;
  const author = `author${number % 3}`;
  return {
    ...{ id: `${author}/${family}-${number}`, sha: `c${number}`, author, family },
    ...{ smallestBytes: 3e9, downloads: 1_000 },
    ...{ createdAt: NOON - 300 * DAY, lastModified: NOON - 200 * DAY },
    ...changes,
  };
}

const catalogue = Array.from({ length: 40 }, (_, number) => candidate(number));
const opened = (one: Candidate, daysAgo: number): ActivityEvent => {
  const at = NOON - daysAgo * DAY;
  return { at, kind: 'opened', models: [one.id], traits: traitsOf(one, at) };
};

function predicted(
  events: readonly ActivityEvent[],
  around: { favourites?: string[]; visible?: string[]; record?: TrackRecord } = {},
  candidates: readonly Candidate[] = catalogue,
): Prediction[] {
  const sorted = events.toSorted((a, b) => a.at - b.at);
  const circumstances = { now: NOON, favourites: [], visible: [], record: new Map(), ...around };
  const taste = new Taste(sorted, NOON, TUNING);
  return predict({ candidates, usual: candidates }, taste, circumstances, TUNING);
}

const placeOf = (predictions: readonly Prediction[], { id }: Candidate): number =>
  predictions.findIndex((one) => one.candidate.id === id);

describe('What is likely opened next', () => {
  it('is nothing in particular where nobody did anything', () => {
    assert.ok(predicted([]).every(({ chance }) => chance < TUNING.leastChance));
  });

  it('is what was opened lately and often, before what was not', () => {
    const [often, lately, once] = catalogue as [Candidate, Candidate, Candidate];
    const events = [
      ...[1, 2, 3, 4, 5].map((days) => opened(often, days)),
      ...[opened(lately, 0.1), opened(once, 20)],
    ];
    const predictions = predicted(events);
    const places = [often, lately, once].map((one) => placeOf(predictions, one));
    assert.ok(places[0]! < places[2]! && places[1]! < places[2]!, places.join());
    const first = predictions.find((one) => one.candidate === often);
    assert.deepEqual(first?.reason, { kind: 'again', count: 5 });
  });

  it('is of the family that the user looks at, and says so', () => {
    const qwens = catalogue.filter(({ family }) => family === 'Qwen');
    const events = qwens.slice(0, 5).map((one, index) => opened(one, index + 0.5));
    const others = predicted(events).filter(
      ({ candidate: one }) => !events.some(({ models }) => models[0] === one.id),
    );
    const top = others.slice(0, 5);
    assert.deepEqual(
      top.map(({ candidate: one }) => one.family),
      Array.from({ length: 5 }, () => 'Qwen'),
    );
    assert.deepEqual(top[0]?.reason, { kind: 'family', name: 'Qwen', count: 5 });
  });

  it('is what a search found and what is in sight, before the like of it', () => {
    const [, found, seen, other] = catalogue as [Candidate, Candidate, Candidate, Candidate];
    const search: ActivityEvent = { at: NOON - 1_000, kind: 'searched', models: [found.id] };
    const events = [...catalogue.slice(30).map((one, at) => opened(one, at)), search, search];
    const predictions = predicted(events, { visible: [seen.id] });
    const [a, b, c] = [found, seen, other].map((one) => placeOf(predictions, one));
    assert.ok(a! < c! && b! < c!, [a, b, c].join());
    assert.equal(predictions[a!]?.reason.kind, 'searched');
  });

  it('is less and less what could long have been opened and was not', () => {
    const fresh = candidate(40, { createdAt: NOON - 5 * DAY, lastModified: NOON - 5 * DAY });
    const stale = candidate(44);
    const events = catalogue.slice(0, 20).map((one, at) => opened(one, at + 1));
    const chances = (one: Candidate): number =>
      predicted(events, {}, [...catalogue, one]).find(({ candidate: { id } }) => id === one.id)!
        .chance;
    assert.ok(chances(fresh) > chances(stale));
  });

  it('is believed as far as such predictions came true', () => {
    const [favourite] = catalogue;
    const chance = (expected: number, used: number): number => {
      const record = new Map([['favourite', { expected, used }]] as const);
      const around = { favourites: [favourite!.id], record };
      return predicted([], around)[0]!.chance;
    };
    assert.ok(chance(10, 1) < chance(10, 5) && chance(10, 5) < chance(10, 10));
    assert.equal(chance(10, 20), chance(0, 0));
  });
});

describe('What fetching ahead has earned', () => {
  const totals = (bytes: number, usedBytes: number) => ({
    ...{ models: 1, usedModels: 1, bytes, usedBytes },
  });

  it('is a little in advance, then more than twice what was used', () => {
    const advance = earnedBytes(totals(0, 0));
    assert.ok(advance > 10_000 && advance < 100_000);
    assert.equal(earnedBytes(totals(advance, 0)), 0);
    assert.equal(earnedBytes(totals(3 * advance, 0)), 0);
    assert.equal(earnedBytes(totals(advance, 1_000)), 2_500);
    assert.equal(earnedBytes(totals(1_000_000, 1_000_000)), 1_500_000 + advance);
  });
});
