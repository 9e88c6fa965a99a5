import assert from 'node:assert/strict';
import type { SourceReport } from '../../src/sync/syncService.ts';
import type { FaultSet } from '../hub/faults.ts';
import type { Rig } from '../unit/support/useEngine.ts';
import type { Fault } from './fault.ts';
import { Draw } from './support/draw.ts';
import { drawFaults } from './support/hubFaults.ts';
import { assertTyped } from './support/typed.ts';
import type { ContentBySource } from './support/truth.ts';
import { assertConverged, difference } from './support/truth.ts';
import { heldBy, World } from './support/world.ts';

const HOUR = 60 * 60_000;
/** Every so many syncs the hub is well again, and the client has to hold the whole truth. */
const WELL_EVERY = 5;
/** Syncs with one hub: it grows by some models a day, and would be huge in the end. */
const ERA = 100;

const REASONS = ['visible', 'focus', 'idle', 'interval', 'network', 'manual', 'manual'] as const;

/**
 * Each run sets a random mix of all that can be wrong with the hub and syncs. A source that failed
 * is as it was; of one that succeeded every row is the truth or what was known before, and all of it
 * is the truth after a thorough sync.
 */
export const hubFaults: Fault = {
  name: 'hub-faults',
  unit: 'syncs',
  runs: 1_000,
  async run({ seed, runs, log }) {
    const draw = new Draw(seed);
    const outcomes = new Map<string, number>();
    for (let done = 0; done < runs; done += ERA) {
      await runEra({ draw, seed, done, until: Math.min(done + ERA, runs), outcomes });
      log(`${Math.min(done + ERA, runs)} syncs`);
    }
    const counted = [...outcomes].map(([outcome, count]) => `${outcome} ${count}`).sort();
    return `${runs} syncs: ${counted.join(', ')}`;
  },
};

interface Era {
  readonly draw: Draw;
  readonly seed: number;
  readonly done: number;
  readonly until: number;
  /** How often sources succeeded and failed, by kind. */
  readonly outcomes: Map<string, number>;
}

async function runEra({ draw, seed, done, until, outcomes }: Era): Promise<void> {
  await using world = await World.begin(
    {},
    { models: 300, seed: (seed + done) % 1_000, versions: ERA },
  );
  const rig = world.open(world.folder());
  for (let run = done + 1; run <= until; run++) {
    const isWell = run % WELL_EVERY === 0 || run === until;
    if (draw.chance(0.3)) await world.advance();
    const faults = isWell ? {} : drawFaults(draw, world.truth);
    world.hub.setFaults(faults);
    world.clock.advance(isWell ? HOUR : draw.between(0, HOUR));
    const reason = isWell ? 'manual' : draw.pick(REASONS);
    const when = `sync ${run} (${reason}), seed ${seed}, under ${JSON.stringify(faults)}`;

    const before = heldBy(rig);
    configureToken(rig, world, draw, faults);
    const { sources } = await rig.engine.sync({ reason, sources: world.sources });
    const around = { faults, before, after: heldBy(rig), truth: world.truth, when };
    for (const report of sources) {
      assertTyped(report.error, when);
      const outcome = report.error?.kind ?? 'success';
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      checkOne(report, reason === 'manual', around);
    }
    if (isWell) assertConverged(around.after, around.truth, world.sources, when);
  }
}

interface Around {
  readonly faults: FaultSet;
  readonly before: ContentBySource;
  readonly after: ContentBySource;
  readonly truth: ContentBySource;
  readonly when: string;
}

/** Private repositories would be visible with a token, so it is given only where there are none. */
function configureToken(rig: Rig, world: World, draw: Draw, { repositories = {} }: FaultSet): void {
  const isAnonymous = Object.values(repositories).some((fault) => fault.private === true);
  const tokens: Record<string, string> =
    isAnonymous || draw.chance(0.7) ? {} : { [new URL(world.hub.url).origin]: 'hf_test' };
  rig.engine.configure({ ...world.settings, tokens });
}

function checkOne(report: SourceReport, isThorough: boolean, around: Around): void {
  const { faults, before, after, truth } = around;
  const { source } = report;
  const when = `${source} in ${around.when}`;
  const [was, is, should] = [before, after, truth].map(
    (state) => state.get(source) ?? new Map<string, string>(),
  );
  assert.ok(was && is && should);
  if (report.error !== undefined || report.skipped !== undefined) {
    assert.equal(difference(is, was), '', `${when}: it failed, and yet it changed`);
    return;
  }
  // A record that is spoiled on purpose may be read as it is, even as that of another model.
  const isSpoiled = [faults.bad ?? []].flat().some((bad) => bad.source === source);
  for (const [id, content] of is) {
    const isKnown = content === should.get(id) || content === was.get(id);
    assert.ok(isKnown || isSpoiled, `${when}: ${id} is neither what it was nor what it is`);
  }
  const mayVanish = isSpoiled || hasMissingLookUps(faults);
  for (const [id, content] of was) {
    const isLost = !is.has(id) && should.get(id) === content;
    assert.ok(!isLost || mayVanish, `${when}: ${id} is gone, though it is there`);
  }
  const hidesRows = report.dropped > 0 || mayVanish;
  if (isThorough && !hidesRows) assert.equal(difference(is, should), '', when);
}

/** A look-up that is answered by 404 or 401 says that the model has vanished. */
function hasMissingLookUps({ rules = [] }: FaultSet): boolean {
  return rules.some(
    (rule) => typeof rule.status === 'object' || rule.requireToken || rule.rejectToken,
  );
}
