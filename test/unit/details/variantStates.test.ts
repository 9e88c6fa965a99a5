import assert from 'node:assert/strict';
import type { DownloadStatus } from '../../../src/download/model.ts';
import type { Model } from '../../../src/sync/model.ts';
import { buildDetailsView } from '../../../src/views/details/detailsView.ts';
import type { DetailsSubject, LocalSubject } from '../../../src/views/details/detailsSubject.ts';
import type { VariantState } from '../../../src/views/details/messages.ts';
import { download, entry, OLDER, onMachine, VARIANT } from './localSamples.ts';
import { file, jan, NOW, plainWording, SHA } from './samples.ts';

const view = (local?: Partial<LocalSubject>, changes?: Partial<DetailsSubject>) =>
  buildDetailsView(onMachine(local, changes), plainWording);
/** The state of the one variant that the samples are about. */
const state = (local?: Partial<LocalSubject>, changes?: Partial<DetailsSubject>): VariantState => {
  const found = view(local, changes).states.find(({ key }) => key === VARIANT);
  assert.ok(found);
  return found;
};
const ofDownload = (changes: Partial<DownloadStatus>): VariantState =>
  state({ downloads: [download(changes)] });
const withoutKey = <T extends object, K extends keyof T>(whole: T, key: K): Omit<T, K> =>
  Object.fromEntries(Object.entries(whole).filter(([name]) => name !== key)) as Omit<T, K>;
const does = ({ actions }: VariantState): string => actions.map((each) => each.does).join(' ');
const update = {
  revision: SHA,
  changed: [
    { path: 'a.gguf', installedSize: 900, publishedSize: 1000 },
    { path: 'b.gguf', installedSize: 0, publishedSize: 200 },
    { path: 'c.gguf', installedSize: 50 },
  ],
  bytes: 1200,
};
const outdated = entry({ from: { model: jan.id, revision: OLDER, variant: VARIANT }, update });

describe('variants on this machine', () => {
  it('have one state a row, in the order of the rows', () => {
    const { states, variants } = view();
    assert.deepEqual(
      states.map(({ key }) => key),
      variants.rows.map(({ key }) => key),
    );
    assert.equal(new Set(states.map(({ key }) => key)).size, 2);
  });

  it('can be downloaded by a button that names variant and size', () => {
    const { actions, phase } = state();
    assert.equal(phase, undefined);
    assert.deepEqual(actions, [
      { does: 'download', what: VARIANT, text: 'Download', spoken: 'Download Q4_K_M, 2000 B' },
    ]);
  });

  it('show how far a download is', () => {
    const running = ofDownload({ bytesPerSecond: 100, secondsLeft: 15 });
    assert.equal(running.phase, 'Downloading');
    assert.deepEqual(running.progress, { share: 0.25, spoken: 'Progress of Q4_K_M, 25 %' });
    assert.deepEqual(running.detail, {
      text: '25 % · 500 of 2000 B · 100 B/s · 15 s left',
      title: 'Into /home/jan/models',
    });
    assert.equal(does(running), 'pause cancel');
    assert.equal(running.spoken, 'Q4_K_M: Downloading');
  });

  it('have words for each phase and each wait', () => {
    const phases = (['reusing', 'fetching', 'verifying', 'installing'] as const).map(
      (phase) => ofDownload({ phase }).phase,
    );
    const waits = (['turn', 'idle', 'network', 'retry'] as const).map(
      (waitsFor) => ofDownload({ state: 'waiting', waitsFor }).phase,
    );
    const texts = [...phases, ...waits];
    assert.equal(new Set(texts).size, 8);
    assert.ok(texts.every((text) => text !== undefined && text !== ''));
  });

  it('show progress of which only the bytes are known, or nothing', () => {
    const unknown = withoutKey(download(), 'totalBytes');
    const begun = state({ downloads: [unknown] });
    assert.deepEqual(begun.progress, { spoken: 'Progress of Q4_K_M' });
    assert.equal(begun.detail?.text, '500 B');
    assert.equal(state({ downloads: [{ ...unknown, state: 'paused' }] }).progress, undefined);
    assert.equal(ofDownload({ bytes: 3000 }).progress?.share, 1);
    assert.equal(ofDownload({ totalBytes: 0, bytes: 0 }).progress?.share, undefined);
  });

  it('can be paused, resumed and cancelled, each when it makes sense', () => {
    assert.equal(does(ofDownload({ state: 'paused' })), 'resume cancel');
    assert.equal(does(ofDownload({ state: 'failed' })), 'resume cancel');
    assert.equal(does(ofDownload({ state: 'waiting', waitsFor: 'turn' })), 'pause cancel');
    assert.equal(does(ofDownload({ pausable: false })), 'cancel');
    for (const waitsFor of ['retry', 'network'] as const) {
      assert.equal(does(ofDownload({ state: 'waiting', waitsFor })), 'resume pause cancel');
    }
    const [pause] = ofDownload({}).actions;
    assert.deepEqual([pause?.what, pause?.spoken], ['d1', 'Pause the download of Q4_K_M']);
  });

  it('say why a download failed, and when it is tried again', () => {
    const failure = { kind: 'noSpace', message: 'The disk is full.', at: NOW };
    const failed = ofDownload({ state: 'failed', failure });
    assert.deepEqual([failed.phase, failed.failures], ['Failed', ['The disk is full.']]);
    assert.equal(failed.progress, undefined);
    const again = { ...failure, message: 'No network.', retryAt: NOW + 30_000 };
    assert.deepEqual(ofDownload({ state: 'waiting', waitsFor: 'retry', failure: again }).failures, [
      'No network. It is tried again in 30 s.',
    ]);
    assert.deepEqual(
      ofDownload({ state: 'waiting', failure: { ...again, retryAt: NOW - 5 } }).failures,
      ['No network. It is tried again in 1 s.'],
    );
  });

  it('say if a download is of another commit than the published one', () => {
    assert.match(ofDownload({ revision: OLDER }).detail?.text ?? '', /commit fedcba9$/);
    assert.doesNotMatch(ofDownload({}).detail?.text ?? '', /commit/);
  });

  it('show the newest of several downloads', () => {
    const older = download({ id: 'old', state: 'failed', createdAt: NOW - 90_000 });
    for (const downloads of [
      [older, download()],
      [download(), older],
    ]) {
      assert.equal(state({ downloads }).phase, 'Downloading');
    }
  });

  it('are taken as installed only from what is installed, but for the moment between', () => {
    const done = { state: 'done', bytes: 2000 } as const;
    const fresh = download({ ...done, finishedAt: NOW - 1000 });
    assert.equal(state({ downloads: [fresh] }).phase, 'Downloaded and verified');
    assert.equal(state({ downloads: [fresh], installed: [entry()] }).phase, 'Installed');
    const past = download({ ...done, finishedAt: NOW - 3_600_000 });
    assert.equal(does(state({ downloads: [past] })), 'download');
  });

  it('name the runtimes that have them, whether they run, and how sure that is', () => {
    const installed = [
      entry({ running: true }),
      entry({ identity: 'claimed' }, { name: 'Cortex' }),
      entry({ identity: 'computing' }, { name: 'LM Studio' }),
    ];
    const { phase, places, actions } = state({ installed });
    assert.equal(phase, 'Installed');
    assert.deepEqual(
      places.map(({ text }) => text),
      ['Jan, running', 'Cortex (as Cortex tells)', 'LM Studio (being checked)'],
    );
    assert.deepEqual(actions, []);
  });

  it('say what an update changes, and since when', () => {
    const { phase, places, changes, actions } = state({ installed: [outdated] });
    assert.equal(phase, 'Update available');
    assert.equal(places[0]?.text, 'Jan, older revision');
    assert.equal(changes?.summary, '3 files changed since commit fedcba9 · 1200 B');
    assert.deepEqual(changes.files, [
      { path: 'a.gguf', text: '900 B → 1000 B' },
      { path: 'b.gguf', text: '200 B, new' },
      { path: 'c.gguf', text: '50 B, no longer published' },
    ]);
    assert.deepEqual(
      actions.map((action) => [action.does, action.text, action.spoken]),
      [['download', 'Update', 'Update Q4_K_M, 1200 B to download']],
    );
  });

  it('say what an update changes also where little is known', () => {
    const from = { model: jan.id, variant: VARIANT };
    const summary = (changes: Partial<typeof update>, revision?: string): string | undefined =>
      state({
        installed: [
          entry({
            from: { ...from, ...(revision !== undefined && { revision }) },
            update: { ...update, ...changes },
          }),
        ],
      }).changes?.summary;
    assert.equal(summary({}), '3 files changed since it was installed · 1200 B');
    assert.equal(summary({ changed: [] }, OLDER), 'New files since commit fedcba9 · 1200 B');
    assert.match(summary({ changed: update.changed.slice(0, 1) }) ?? '', /^1 file changed/);
  });

  it('need no update where one runtime has the published one', () => {
    const { phase, places } = state({ installed: [outdated, entry({}, { name: 'Cortex' })] });
    assert.equal(phase, 'Installed');
    assert.deepEqual(
      places.map(({ text }) => text),
      ['Jan, older revision', 'Cortex'],
    );
  });

  it('that are broken can be downloaded again', () => {
    const broken = entry({ problem: 'Its file is gone.' });
    const { failures, actions, places } = state({ installed: [broken] });
    assert.deepEqual(failures, ['Jan: Its file is gone.']);
    assert.equal(actions[0]?.text, 'Download');
    assert.deepEqual(places, []);
  });

  it('take no second click while the first is on its way', () => {
    const asked = state({ asked: new Set([VARIANT]) });
    assert.deepEqual([asked.phase, asked.actions], ['Starting…', []]);
  });

  it('show why what was asked could not be done, with the button still there', () => {
    const refused = state({ refused: new Map([[VARIANT, 'The folder is gone.']]) });
    assert.deepEqual(refused.failures, ['The folder is gone.']);
    assert.equal(does(refused), 'download');
  });
});

describe('what keeps a variant from being downloaded', () => {
  const refusal = (local: Partial<LocalSubject>, changes: Partial<DetailsSubject>): string => {
    const shown = view(local, changes);
    const text = shown.variants.refusal ?? '';
    for (const { actions } of shown.states) {
      assert.equal(actions[0]?.disabled === true, text !== '');
      assert.ok(actions[0]?.spoken.endsWith(text));
    }
    return text;
  };
  const of = (changes: Partial<Model>, hasToken = false): string =>
    refusal({ hasToken }, { model: { ...jan, ...changes } });

  it('is nothing if the list of files is there', () => {
    assert.equal(of({}), '');
  });

  it('is that sizes and digests are not known, and never hides the button', () => {
    assert.match(refusal({}, { details: { phase: 'loading' } }), /wait.*not known yet/);
    assert.match(
      refusal({}, { details: { phase: 'failed', failure: 'Offline.' } }),
      /not known yet, because the list of files could not be fetched/,
    );
  });

  it('is a token that is missing, with what to do', () => {
    assert.match(of({ gated: 'auto' }), /accept its terms.*Set Hugging Face Token/);
    assert.match(of({ gated: 'manual' }), /ask its author.*Set Hugging Face Token/);
    assert.match(of({ private: true }), /let in.*Set Hugging Face Token/);
    for (const changes of [{ gated: 'auto' }, { gated: 'manual' }, { private: true }] as const) {
      assert.equal(of(changes, true), '');
    }
  });

  it('is that nobody publishes it, or that it is disabled', () => {
    assert.match(of({ published: false }), /no source publishes/);
    assert.match(of({ disabled: true }), /disabled/);
  });

  it('is none where only the commit is not known: it is asked for with the download', () => {
    const model = withoutKey(jan, 'sha');
    const details = { phase: 'done', revision: 'main' } as const;
    const files = [file(`${VARIANT}.gguf`, 2000)];
    const shown = { model, details: { ...details, details: { files, fetchedAt: NOW } } };
    assert.equal(refusal({}, shown), '');
    assert.equal(view({}, shown).states[0]?.actions[0]?.disabled, undefined);
  });

  it('may be its own: a part that is missing', () => {
    const files = [file('m-Q4_K_M-00001-of-00002.gguf', 1000), file('m-Q8_0.gguf', 4000)];
    const details = { phase: 'done', revision: SHA, details: { files, fetchedAt: NOW } } as const;
    const { states, variants } = view({}, { details });
    assert.equal(variants.refusal, undefined);
    const [whole, torn] = states;
    assert.equal(whole?.actions[0]?.disabled, undefined);
    assert.equal(torn?.actions[0]?.disabled, true);
    assert.match(torn.detail?.text ?? '', /parts of it are missing/);
  });

  it('keeps nothing that is installed from being shown', () => {
    const offline = { details: { phase: 'failed', failure: 'Offline.' } } as const;
    assert.equal(state({ installed: [entry()] }, offline).phase, 'Installed');
    const { actions, changes } = state({ installed: [outdated] }, offline);
    assert.equal(actions[0]?.disabled, true);
    assert.ok(changes);
  });
});

describe('the list of what else is on this machine', () => {
  it('leaves out what the table shows in full', () => {
    assert.deepEqual(view({ installed: [entry()] }).installed, []);
  });

  it('names older revisions and other files, with what is known of them', () => {
    const claimed = entry({
      key: 'folder/x',
      name: 'my-own-Q2_K',
      identity: 'claimed',
      from: { model: jan.id, variant: 'my-own-Q2_K' },
      problem: 'It is damaged.',
    });
    const unsized = withoutKey(claimed, 'size');
    const nameless = entry({ key: 'n', from: { model: jan.id } });
    const [older, other, third] = view({ installed: [outdated, unsized, nameless] }).installed;
    assert.deepEqual(
      [older?.name, older?.runtime, older?.size, older?.revision, older?.identity.text],
      ['Jan-v1-4B-Q4_K_M', 'Jan', '2000 B', 'Commit fedcba9', 'proven'],
    );
    assert.equal(older?.changes?.files.length, 3);
    assert.deepEqual(
      [other?.size, other?.revision, other?.identity.text, other?.problem],
      ['size unknown', undefined, 'as Jan tells', 'It is damaged.'],
    );
    assert.equal(third?.key, 'n');
  });

  it('holds everything if nothing of the model is published any more', () => {
    const model = { ...jan, published: false, variants: [] };
    const shown = view({ installed: [entry()] }, { model, details: { phase: 'idle' } });
    assert.equal(shown.installed.length, 1);
    assert.equal(view({ installed: [entry()] }, { model: undefined }).installed.length, 1);
  });
});
