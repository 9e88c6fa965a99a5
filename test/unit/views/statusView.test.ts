import assert from 'node:assert/strict';
import type { SourceStatus } from '../../../src/sync/model.ts';
import type { StatusSubject } from '../../../src/views/status/statusView.ts';
import { QUIET_REFRESH, statusView } from '../../../src/views/status/statusView.ts';
import { statusMarkdown } from '../../../src/views/status/statusMarkdown.ts';
import { markdownText } from '../../../src/views/markdownText.ts';
import { lastDays, savedBytes, weekSavings } from '../../../src/views/status/weekSavings.ts';
import { download } from '../details/localSamples.ts';
import { NOW, plainWording } from '../details/samples.ts';

const MINUTE = 60_000;
const janhq: SourceStatus = {
  key: 'hf:janhq',
  models: 12,
  epoch: 1,
  lastSuccess: NOW - 3 * MINUTE,
};
const cortexso: SourceStatus = { ...janhq, key: 'hf:cortexso', models: 1 };
const failing = (kind: string, message = 'It said no.'): SourceStatus => ({
  ...janhq,
  failure: { kind, message, at: NOW },
});

const subject = (changes: Partial<StatusSubject> = {}): StatusSubject => ({
  models: 1300,
  sources: [janhq, cortexso],
  lastHeard: () => undefined,
  progress: undefined,
  downloads: [],
  link: undefined,
  savings: undefined,
  sharedCache: undefined,
  problems: [],
  now: NOW,
  ...changes,
});
const view = (changes: Partial<StatusSubject> = {}): ReturnType<typeof statusView> =>
  statusView(subject(changes), plainWording);
const text = (changes: Partial<StatusSubject>): string => view(changes).text;
const progress = { done: 1, total: 3, wanted: true, since: NOW };

describe('The status item', () => {
  it('tells how fresh the catalogue is', () => {
    const { text: shown, spoken, warning, summary } = view();
    assert.equal(shown, '$(library) 1,300 models · 3 min. ago');
    assert.equal(spoken, 'Model Hub: 1,300 models · 3 min. ago. Checked 3 min. ago.');
    assert.equal(summary, 'Checked 3 min. ago.');
    assert.equal(warning, false);
  });

  it('is as old as the source that was heard of longest ago', () => {
    const sources = [janhq, { ...cortexso, lastSuccess: NOW - 7 * MINUTE }];
    assert.match(text({ sources }), /7 min\. ago$/);
    const lastHeard = (key: string): number | undefined =>
      key === cortexso.key ? NOW - MINUTE : undefined;
    assert.match(text({ sources, lastHeard }), /3 min\. ago$/);
  });

  it('is stale after an hour, and says so', () => {
    const sources = [{ ...janhq, lastSuccess: NOW - 60 * MINUTE }];
    const stale = view({ sources });
    assert.equal(stale.text, '$(history) 1,300 models · 60 min. ago');
    assert.match(stale.summary, /Last checked 60 min\. ago: the list may be out of date\./);
    assert.match(text({ sources: [{ ...janhq, lastSuccess: NOW - 59 * MINUTE }] }), /library/);
  });

  it('counts the sources of a sync: which one is at work', () => {
    assert.equal(text({ progress }), '$(sync~spin) 1,300 models · syncing 2 of 3');
    assert.match(view({ progress }).summary, /1 of 3 sources are done/);
    assert.match(text({ progress: { ...progress, done: 3 } }), /syncing 3 of 3$/);
  });

  it('only turns its icon for a short sync that nobody asked for', () => {
    const quiet = { ...progress, wanted: false };
    assert.equal(text({ progress: quiet }), '$(sync~spin) 1,300 models · 3 min. ago');
    const slow = { ...quiet, since: NOW - QUIET_REFRESH };
    assert.match(text({ progress: slow }), /syncing 2 of 3$/);
  });

  it('tells that it is offline, with the age of what is shown', () => {
    const sources = [failing('offline'), { ...failing('timeout'), key: 'hf:cortexso' }];
    const offline = view({ sources });
    assert.equal(offline.text, '$(debug-disconnect) 1,300 models · offline, 3 min. ago');
    assert.equal(offline.warning, false);
    const never = sources.map(({ key, models, epoch, failure }) => ({
      ...{ key, models, epoch },
      ...(failure && { failure }),
    }));
    assert.match(text({ sources: never }), /offline, bundled list$/);
    assert.match(view({ sources: never }).summary, /Offline: showing the bundled list/);
  });

  it('begins with the bundled list', () => {
    const sources = [{ key: 'hf:janhq', models: 12, epoch: 0 }];
    assert.equal(text({ sources }), '$(package) 1,300 models · bundled list');
  });

  it('says when nothing is followed, and offers to add something', () => {
    const none = view({ sources: [], models: 0 });
    assert.equal(none.text, '$(library) Model Hub');
    assert.deepEqual(
      none.links.map(({ command }) => command),
      ['modelHub.addSource', 'modelHub.showDashboard'],
    );
  });

  for (const [kind, step, command] of [
    ['unauthorised', 'set a token', 'modelHub.setToken'],
    ['forbidden', 'set a token', 'modelHub.setToken'],
    ['notFound', 'check its name', 'modelHub.openSettings'],
    ['badAnswer', 'check its address', 'modelHub.openSettings'],
    ['rateLimited', 'asks to wait', 'modelHub.refresh'],
    ['offline', 'not reachable', 'modelHub.refresh'],
    ['server', 'tried again later', 'modelHub.refresh'],
    ['storage', 'check the disk', 'modelHub.showLog'],
    ['outdated', 'reload the window', 'workbench.action.reloadWindow'],
    ['of a newer version', 'tried again later', 'modelHub.refresh'],
  ] as const) {
    it(`names the next step for a source that fails: ${kind}`, () => {
      const failed = view({ sources: [failing(kind), cortexso] });
      assert.equal(failed.text, `$(warning) 1,300 models · janhq: ${step}`);
      assert.equal(failed.warning, true);
      assert.equal(failed.links[0]?.command, command);
      assert.match(failed.sources[0] ?? '', /^janhq: 12 models, 3 min\. ago\. It said no\.$/);
    });
  }

  it('counts the sources that fail, and offers each step once', () => {
    const sources = [failing('forbidden'), { ...failing('unauthorised'), key: 'hf:a' }, cortexso];
    const failed = view({ sources });
    assert.match(failed.text, /2 sources failed$/);
    assert.deepEqual(
      failed.links.map(({ command }) => command),
      ['modelHub.setToken', 'modelHub.refresh', 'modelHub.showDashboard'],
    );
  });

  it('tells of a download before all else, and of the rest in the tooltip', () => {
    const loading = view({ downloads: [download()], progress, sources: [failing('forbidden')] });
    assert.match(loading.text, /^\$\(cloud-download\) \d+ %/);
    assert.match(loading.spoken, /^Model Hub: Downloading: .*1 of 3 sources are done/);
    assert.equal(loading.downloads.length, 1);
    assert.equal(loading.sources.length, 1);
    assert.ok(loading.links.some(({ command }) => command === 'modelHub.installed.focus'));
  });

  it('warns of a download that needs the user; a finished one is no news', () => {
    const failure = { kind: 'noSpace', message: 'The disk is full. Free some space.', at: NOW };
    const failed = view({ downloads: [download({ state: 'failed', failure })] });
    assert.equal(failed.text, '$(warning) 1 download failed');
    assert.equal(failed.warning, true);
    assert.match(failed.downloads[0] ?? '', /The disk is full\. Free some space\./);
    assert.match(text({ downloads: [download({ state: 'done' })] }), /1,300 models/);
  });

  it('warns of what is wrong with the place of the catalogue, aloud too', () => {
    const disk = { cause: 'disk', message: 'The catalogue cannot be saved. Free space.' } as const;
    const shown = view({ problems: [disk] });
    assert.equal(shown.text, '$(warning) 1,300 models · 3 min. ago');
    assert.match(shown.spoken, /Free space\. Checked 3 min\. ago\.$/);
    assert.equal(shown.warning, true);
    assert.equal(shown.links[0]?.command, 'modelHub.showLog');
  });

  it('offers an update where a newer version has written, once, whatever it has written', () => {
    const catalogue = { cause: 'newer', message: 'The catalogue is newer. Update.' } as const;
    const marks = { cause: 'newer', message: 'Favourites are newer. Update.' } as const;
    const shown = view({ problems: [catalogue, marks] });
    assert.deepEqual(shown.problems, [catalogue.message, marks.message]);
    assert.match(shown.spoken, /The catalogue is newer\. Update\. Favourites are newer\. Update\./);
    assert.deepEqual(
      shown.links.map(({ command }) => command),
      ['workbench.extensions.action.checkForUpdates', 'modelHub.refresh', 'modelHub.showDashboard'],
    );
  });

  it('tells of the network and of what this week saved', () => {
    const { facts } = view({ link: 'constrained', savings: { received: 10, whole: 110 } });
    assert.deepEqual(facts, [
      'Network: slow, so the background asks for little',
      'This week: 10 B received, ≈ 100 B saved',
    ]);
    for (const link of ['offline', 'normal', 'fast'] as const) {
      assert.equal(view({ link }).facts.length, 1);
    }
    assert.deepEqual(view({ savings: { received: 0, whole: 0 } }).facts, []);
  });

  it('tells of the shared cache, why it is left, and where its password is set', () => {
    const status = { host: 'cache.example', received: 7, offered: 0 };
    const used = view({ sharedCache: status });
    assert.deepEqual(used.facts, ['Shared cache cache.example: 7 B received, 0 B given']);
    assert.equal(used.warning, false, 'nobody has to do anything');
    const refused = view({
      sharedCache: {
        ...status,
        dropped: { problem: 'refused', message: 'It wants a password.' },
        refusesFiles: 'It takes nothing.',
      },
    });
    assert.deepEqual(refused.facts.slice(1), [
      'It wants a password. It is not used any more in this session.',
      'It takes nothing. Nothing more is offered to it in this session.',
    ]);
    const isLinked = ({ links }: typeof used): boolean =>
      links.some(({ command }) => command === 'modelHub.setSharedCachePassword');
    assert.deepEqual([isLinked(used), isLinked(refused)], [false, true]);
  });
});

describe('The tooltip of the status item', () => {
  it('links to our own commands and to nothing that others wrote', () => {
    const message =
      '[log in](https://evil.example) <b>now</b> command:evil $(zap)\n# https://evil.example a@b.co';
    const shown = view({
      sources: [failing('server', message), { ...cortexso, key: 'published:[x](y)' }],
      downloads: [download({ model: 'a/[x](command:evil)' })],
      problems: [{ cause: 'disk', message: '![x](https://evil.example)' }],
    });
    const markdown = statusMarkdown(shown, plainWording);
    const links = [...markdown.matchAll(/(?<!\\)\]\((.*?)\)/g)].map(([, target]) => target);
    assert.deepEqual(
      links,
      shown.links.map(({ command }) => `command:${command}`),
    );
    const ours = markdown.replaceAll(/\(command:[\w.]+\)/g, '');
    assert.doesNotMatch(ours, /:\/\/|(?<!\\)[<@#!]|command:/);
  });

  it('escapes each mark and joins lines', () => {
    assert.equal(markdownText('a_b\n- c: 1.5 GB'), String.raw`a\_b \- c\: 1\.5 GB`);
  });
});

describe('What a week saved', () => {
  const day = (name: string, received: number, whole: number) => ({
    ...{ day: name, source: 'hf:janhq', runs: 1, failures: 0 },
    ...{ received, whole },
  });

  it('is of the last seven days, today included', () => {
    const days = lastDays(NOW, 8);
    const traffic = days.map((name, at) => day(name, 1, 10 ** at));
    assert.deepEqual(weekSavings(traffic, NOW), { received: 7, whole: 11_111_110 });
  });

  it('names each day once, also where clocks change', () => {
    for (const now of [Date.UTC(2026, 2, 30, 1), Date.UTC(2026, 9, 26, 1), NOW]) {
      assert.equal(new Set(lastDays(now, 370)).size, 370);
    }
  });

  it('is never less than nothing', () => {
    assert.equal(savedBytes({ received: 10, whole: 4 }), 0);
  });
});
