import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DownloadError } from '../../src/download/errors.ts';
import { partialPaths } from '../../src/download/file/partialPaths.ts';
import type { DownloadPlan } from '../../src/download/model.ts';
import type { Fault } from './fault.ts';
import type { Place } from './support/downloadWorld.ts';
import { DownloadWorld, eventually, MODEL, planOf } from './support/downloadWorld.ts';
import { Draw } from './support/draw.ts';
import { Sightings } from './support/sightings.ts';

/** Names in a repository that no file here may have. */
const NAMES = [
  ...['../x.gguf', '../../notes/a.txt', 'a/../../x.gguf', '..', '.', '', './x.gguf', 'a//x.gguf'],
  ...['/etc/x.gguf', '//server/share/x.gguf', 'C:\\x.gguf', 'C:x.gguf', '\\\\server\\x.gguf'],
  ...['..\\..\\x.gguf', 'a\\b.gguf', 'x.gguf:stream', 'x\0.gguf', 'x\n.gguf', 'x\x7f.gguf'],
  ...['CON', 'con.gguf', 'PRN.txt', 'AUX', 'nul', 'NUL.gguf', 'COM1.gguf', 'lpt9', 'COM¹'],
  ...['x.gguf.', 'x.gguf ', ' x.gguf', 'x?.gguf', 'x*.gguf', 'x<y.gguf', 'x|y.gguf', 'x"y.gguf'],
  ...['x'.repeat(300), `${'x'.repeat(300)}.gguf`, 'ü'.repeat(200), `${'deep/'.repeat(400)}x.gguf`],
  ...['.model-hub.json', 'x.gguf.partial', 'x.gguf.partial.journal', 'x.gguf.partial.lock'],
  ...['\ud800.gguf'],
];
/** Pairs of which many disks make one. */
const PAIRS = [
  ['Model.gguf', 'model.gguf'],
  ['é.gguf', 'e\u0301.gguf'],
  ['a', 'a/b.gguf'],
  ['x.gguf', 'x.gguf'],
] as const;
const MODELS = ['../..', '..', '../notes', 'a/..', 'CON/x', '/etc', 'a/b/../../..', 'a\\..\\b/x'];

/** Where a link may stand that leads out of the folder. */
const LINKS: Readonly<Record<string, (place: Place, file: string) => string>> = {
  'the folder of the model': (place) => place.own,
  'a folder of the repository': (_, file) => dirname(file),
  'the file itself': (_, file) => file,
  'its partial file': (_, file) => partialPaths(file).partial,
  'its journal': (_, file) => partialPaths(file).journal,
  'its lock': (_, file) => partialPaths(file).lock,
};

/**
 * Names from the network that lead elsewhere, and links in the folder that do. Both are refused
 * with words before anything is fetched, and nothing is written anywhere.
 */
export const downloadNames: Fault = {
  name: 'download-names',
  unit: 'names and links',
  runs: 300,
  async run({ seed, runs, log }) {
    const draw = new Draw(seed);
    const sightings = new Sightings();
    await using world = await DownloadWorld.begin();
    const plan = await world.publish(100_000);
    for (let run = 1; run <= runs; run++) {
      const when = `${run}, seed ${seed}`;
      const place = world.place();
      const act = draw.pick([badFile, badFile, badFile, badModel, badPair, strayLink]);
      const [what, { kind, message }] = await act(place, plan, draw, when);
      sightings.note(what, kind, message);
      assert.equal(world.bytesSent, 0, `${when}: bytes were fetched`);
      await place.close();
      if (run % 50 === 0) log(`${run} names and links`);
    }
    const place = world.place();
    await installs(place, plan, `in the end, seed ${seed}`);
    return `${runs} names and links, seed ${seed}\n${sightings.toString()}`;
  },
};

type Act = (
  place: Place,
  plan: DownloadPlan,
  draw: Draw,
  when: string,
) => Promise<[what: string, error: DownloadError]>;

const badFile: Act = async (place, plan, draw, when) => {
  const name = draw.pick(NAMES);
  const isBelow = draw.chance(0.3) && name !== '.model-hub.json';
  const bad = renamed(plan, isBelow ? `folder/${name}` : name);
  const all = draw.chance(0.5) ? { ...bad, files: [...plan.files, ...bad.files] } : bad;
  return ['a bad name', await refused(place, all, 'badName', `${when}: ${JSON.stringify(name)}`)];
};

const badModel: Act = async (place, plan, draw, when) => {
  const model = draw.pick(MODELS);
  const bad = { ...plan, model };
  return ['a bad repository', await refused(place, bad, 'badName', `${when}: ${model}`)];
};

const badPair: Act = async (place, plan, draw, when) => {
  const names = draw.pick(PAIRS);
  const files = names.flatMap((name) => renamed(plan, name).files);
  const bad = planOf(files, plan.revision);
  return ['two names for one file', await refused(place, bad, 'badName', `${when}: ${names[0]}`)];
};

const strayLink: Act = async (place, plan, draw, when) => {
  const [file] = plan.files;
  assert.ok(file);
  const [where, at] = draw.pick(Object.entries(LINKS));
  const link = at(place, place.pathOf(file));
  mkdirSync(dirname(link), { recursive: true });
  const isFolder = link === place.own || link === dirname(place.pathOf(file));
  const target = isFolder ? place.outside : join(place.outside, 'letter.txt');
  symlinkSync(draw.chance(0.7) ? target : join(place.outside, 'not there'), link);
  place.remember();
  const window = place.open();
  const error = await window.download(plan).then(
    () => assert.fail(`${when}: a link at ${where} was followed`),
    (thrown: unknown) => DownloadError.from(thrown),
  );
  assert.equal(error.kind, 'folder', `${when}: ${error.message}`);
  place.check(planOf([], plan.revision), `${when}, link at ${where}`);
  rmSync(link);
  return [`a link at ${where}`, error];
};

function renamed({ files, revision }: DownloadPlan, path: string): DownloadPlan {
  return planOf(
    files.map((file) => ({ ...file, path })),
    revision,
  );
}

async function refused(
  place: Place,
  plan: DownloadPlan,
  kind: string,
  when: string,
): Promise<DownloadError> {
  const error = await place
    .open()
    .download(plan)
    .then(
      () => assert.fail(`${when}: it was accepted`),
      (thrown: unknown) => DownloadError.from(thrown),
    );
  assert.equal(error.kind, kind, `${when}: ${error.message}`);
  place.check(planOf([], plan.revision), when);
  const isThere = readdirSync(dirname(place.own)).includes('tinyllama');
  assert.equal(isThere, false, `${when}: something was written`);
  return error;
}

async function installs(place: Place, plan: DownloadPlan, when: string): Promise<void> {
  const window = place.open();
  const { id, model } = await window.download(plan);
  assert.equal(model, MODEL);
  await eventually(
    () => window.status(id)?.state === 'done',
    () => `${when}: ${JSON.stringify(window.status(id))}`,
  );
  place.assertInstalled(plan, when);
}
