import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assertFailure, rejectsWith } from '../support/assertSyncError.ts';
import { endpointsOf, useEngine } from '../support/useEngine.ts';
import { parseDump, useSharedHub } from '../support/useHub.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';

const HF = 'hf:janhq';
const SEED = new URL('../../../media/seed.json', import.meta.url).pathname;

describe('The engine', () => {
  const hub = useSharedHub({ models: 63 });
  const folder = useTemporaryFolder();
  const rig = useEngine(hub);

  it('works on a temporary catalogue where the folder cannot be used, and leaves nothing', async () => {
    const storage = join(folder(), 'file');
    writeFileSync(storage, '');
    const at = rig({ storage });
    assert.match(at.engine.storage.problem!.message, /cannot be saved.*until the editor closes/);
    assert.equal((await at.sync(HF)).error, undefined);
    assert.equal(at.dump(), hub().truth(HF));
    const { path } = at.engine.storage;
    assert.ok(existsSync(path));
    await at.closeEngine();
    assert.equal(existsSync(dirname(path)), false);
  });

  it('removes nothing but its own temporary folder', async () => {
    const at = rig({ storage: `${folder()}/./storage/` });
    await at.sync(HF);
    await at.closeEngine();
    assert.ok(readdirSync(join(folder(), 'storage')).includes('catalogue.db'));
  });

  it('seeds the sources that are followed, also those that are added later', () => {
    const settings = { endpoints: endpointsOf(hub()), tokens: {} };
    const at = rig({ seedFile: SEED, settings: { ...settings, sources: [HF] } });
    assert.ok(at.reader.count([HF]) > 0);
    assert.equal(at.reader.count(['jan:v2']), 0);
    at.engine.configure({ ...settings, sources: [HF, 'jan:v2'] });
    assert.ok(at.reader.count(['jan:v2']) > 0);
  });

  it('does without a seed that cannot be read, and says so in the log', async () => {
    const seedFile = join(folder(), 'seed.json');
    writeFileSync(seedFile, '{"no": "list"}');
    const at = rig({ seedFile, settings: { sources: [HF] } });
    assert.match(at.logger.at('warn').join(), /bundled catalogue could not be used/);
    assert.equal((await at.sync(HF)).error, undefined);
  });

  it('asks new addresses as soon as the settings tell them', async () => {
    const nowhere = { ...endpointsOf(hub()), huggingFace: 'http://127.0.0.1:9/' };
    const at = rig({ settings: { endpoints: nowhere } });
    assertFailure((await at.sync(HF)).error, 'offline', /127\.0\.0\.1:9/);
    at.engine.configure({ sources: [], tokens: {}, endpoints: endpointsOf(hub()) });
    assert.equal((await at.sync(HF)).error, undefined);
  });

  it('believes no refusal of an address that is no longer set', async () => {
    const at = rig({
      settings: { endpoints: { ...endpointsOf(hub()), huggingFace: `${hub().url}/no/` } },
    });
    const [{ id } = { id: '' }] = parseDump(hub().truth(HF));
    await rejectsWith(at.engine.details(id, 'main'), 'notFound');
    at.engine.configure({ sources: [], tokens: {}, endpoints: endpointsOf(hub()) });
    assert.ok((await at.engine.details(id, 'main')).details.files.length > 0);
  });

  it('sends a token only where it belongs, and as soon as it is set', async () => {
    const at = rig();
    const [hidden] = parseDump(hub().truth(HF)).map(({ id }) => id);
    hub().setFaults({ repositories: { [hidden!]: { private: true } } });
    await at.sync(HF);
    assert.equal(at.reader.model(hidden!, [HF]), undefined);
    const tokens = { [hub().url]: 'hf_token' };
    at.engine.configure({ sources: [], tokens, endpoints: endpointsOf(hub()) });
    await at.sync(HF);
    assert.equal(at.reader.model(hidden!, [HF])?.private, true);
  });

  it('gives details, and asks for those of a commit once', async () => {
    const at = rig();
    await at.sync(HF);
    const { id, content } = parseDump(hub().truth(HF))[0]!;
    const sha = String(content['sha']);
    const { details } = await at.engine.details(id, sha);
    assert.ok(details.files.length > 2);
    hub().setFaults({ offline: true });
    assert.deepEqual((await at.engine.details(id, sha)).details, details);
    await rejectsWith(at.engine.details(id, 'main'), 'offline');
  });

  it('gives up what runs when it is closed', async () => {
    const at = rig();
    hub().setFaults({ latencyMs: 60_000 });
    const running = at.sync(HF);
    const details = rejectsWith(at.engine.details('janhq/x', 'main'), 'cancelled');
    await at.closeEngine();
    assertFailure((await running).error, 'cancelled');
    await details;
    assert.equal(at.reader.sources([HF])[0]?.failure, undefined);
  });
});

describe('The engine of a catalogue that models leave', () => {
  const DAY = 86_400_000;
  const hub = useSharedHub({ models: 63 });
  const rig = useEngine(hub);

  it('forgets them after 30 days, but never those that are to be kept', async () => {
    const settings = { sources: [HF], endpoints: endpointsOf(hub()), tokens: {} };
    const gone = parseDump(hub().truth(HF))[0]!.id;
    const at = rig({ settings });
    await at.sync(HF);
    hub().setFaults({ repositories: { [gone]: { private: true } } });
    assert.equal((await at.sync(HF)).removed, 1);
    const known = () => at.reader.model(gone, [HF]) !== undefined;

    at.engine.keep([gone]);
    at.clock.advance(31 * DAY);
    await at.sync(HF);
    assert.ok(known());
    at.engine.keep([]);
    at.clock.advance(31 * DAY);
    await at.sync(HF);
    assert.equal(known(), false);
  });
});
