import assert from 'node:assert/strict';
import type { RunSummary } from '../../../src/sync/history.ts';
import { dashboardView } from '../../../src/views/dashboard/dashboardView.ts';
import {
  readDashboardMessage,
  readDashboardPageMessage,
  readDashboardState,
} from '../../../src/views/dashboard/dashboardSchemas.ts';
import type { DashboardSubject } from '../../../src/views/dashboard/dashboardSubject.ts';
import { NOW, plainWording } from '../details/samples.ts';
import { FAILURE, janhq, run, subject } from './dashboardSamples.ts';

const view = (changes: Partial<DashboardSubject> = {}): ReturnType<typeof dashboardView> =>
  dashboardView(subject(changes), plainWording);
const DAY = new Date(NOW).toLocaleDateString('sv');
const traffic = [
  { day: DAY, source: 'hf:janhq', runs: 3, failures: 1, received: 100, whole: 1_000 },
  { day: DAY, source: 'jan:v2', runs: 1, failures: 0, received: 50, whole: 50 },
  { day: '2026-11-01', source: 'hf:janhq', runs: 9, failures: 2, received: 7, whole: 70 },
];

describe('The sync dashboard', () => {
  it('sets what was received against what a full fetch would have cost', () => {
    const shown = view({ traffic });
    assert.match(shown.summary, /^This week 150 B were received\. .* about 1050 B /);
    assert.deepEqual(
      shown.facts.map(({ name, text }) => `${name}: ${text}`),
      ['Received: 150 B', 'Saved: ≈ 900 B (85 %)', 'Sources asked: 4', 'Failed: 1'],
    );
  });

  it('has a bar and a row for each of the last days, also for those without a run', () => {
    const { days } = view({ traffic });
    assert.equal(days.rows.length, 14);
    const { received, whole, failed, cells } = days.rows.at(-1)!;
    assert.deepEqual({ received, whole, failed }, { received: 150, whole: 1_050, failed: true });
    assert.deepEqual(cells.slice(1), ['4', '150 B', '≈ 1050 B', '≈ 900 B', '1']);
    assert.equal(cells.length, days.columns.length);
    assert.deepEqual(days.rows[0]?.cells.slice(1), ['0', '0 B', '≈ 0 B', '≈ 0 B', '0']);
    assert.match(days.picture, /14 days: 150 B were received, .* about 1050 B\.$/);
    assert.equal(days.top, '1050 B');
  });

  it('has a bar and a row for each of the last runs, the oldest first', () => {
    const news = run(1, { added: 2, removed: 1 });
    const { runs } = view({ runs: [run(0, { error: FAILURE }), news, run(2)] });
    assert.deepEqual(
      runs.rows.map(({ cells }) => cells.slice(1, 3).join(': ')),
      ['list in sight: nothing new', 'list in sight: 2 new, 1 gone', 'list in sight: 1 failed'],
    );
    assert.deepEqual(
      runs.rows.map(({ failed }) => failed),
      [false, false, true],
    );
    assert.equal(runs.rows[0]?.cells.length, runs.columns.length);
    assert.match(runs.picture, /in 1 of them a source failed\.$/);
    const many = view({ runs: Array.from({ length: 200 }, (_, at) => run(at)) }).runs;
    assert.equal(many.rows.length, 60);
    assert.equal(new Set(many.rows.map(({ key }) => key)).size, 60);
  });

  it('takes what made way for the user or another window for no failure', () => {
    const made = (kind: 'cancelled' | 'conflict'): RunSummary =>
      run(0, { error: { kind, message: 'It made way.' } });
    const { runs, errors } = view({ runs: [made('cancelled'), made('conflict')] });
    assert.deepEqual(
      runs.rows.map(({ failed, cells }) => [failed, cells[2]]),
      [
        [false, 'nothing new'],
        [false, 'nothing new'],
      ],
    );
    assert.match(runs.picture, /in 0 of them a source failed\.$/);
    assert.deepEqual(errors, []);
  });

  it('says why each run took place', () => {
    const reasons = [
      'startup',
      'visible',
      'focus',
      'network',
      'idle',
      'interval',
      'manual',
    ] as const;
    const { rows } = view({ runs: reasons.map((reason) => ({ ...run(0), reason })) }).runs;
    const words = rows.map(({ cells }) => cells[1]);
    assert.equal(new Set(words).size, reasons.length);
  });

  it('tells what each source cost, and claims nothing of one it does not know', () => {
    const stranger = { key: 'hf:new', models: 0, epoch: 0 };
    const [known, unknown] = view({ traffic, sources: [janhq, stranger] }).sources.rows;
    const { asked, received, whole, saved, share, heard } = known!;
    assert.deepEqual(
      { asked, received, whole, saved, share, heard },
      {
        ...{ asked: '12', received: '107 B', whole: '≈ 1070 B' },
        ...{ saved: '90 %', share: 0.1, heard: '1 min. ago' },
      },
    );
    assert.deepEqual(
      [unknown?.saved, unknown?.share, unknown?.heard],
      ['not known yet', undefined, 'never'],
    );
    const heard0 = view({ sources: [stranger], lastHeard: () => NOW }).sources.rows[0]?.heard;
    assert.equal(heard0, '0 min. ago');
  });

  it('puts errors that last first, with what to do, and each of the others once', () => {
    const other = { kind: 'server' as const, message: 'It broke. It is tried again later.' };
    const given = { kind: 'cancelled' as const, message: 'The refresh was cancelled.' };
    const { errors } = view({
      sources: [{ ...janhq, failure: { ...FAILURE, at: NOW - 60_000 } }],
      runs: [FAILURE, other, other, given].map((error, at) => run(at, { error })),
    });
    assert.deepEqual(
      errors.map(({ message, when, action }) => [message, when, action?.command]),
      [
        [FAILURE.message, 'since the last attempt, 1 min. ago', 'modelHub.setToken'],
        [other.message, '1 min. ago', undefined],
      ],
    );
  });

  it('tells of quotas, of the budget and of the network', () => {
    const quota = { host: 'hub.example', remaining: 480, quota: 500, until: NOW };
    const { lines } = view({
      link: 'constrained',
      allowances: {
        quotas: [
          { ...quota, bucket: 'api' },
          { ...quota, remaining: 0, quota: 0 },
        ],
        backgroundBytesLeft: 7,
      },
    }).network;
    const end = new Date(NOW).toISOString();
    assert.deepEqual(lines, [
      'Network: slow, so the background asks for little',
      `hub.example (api): 480 of 500 requests are left until ${end}.`,
      `hub.example asks to wait until ${end}.`,
      'The background may fetch 7 B more today.',
    ]);
    const sharedCache = { host: 'cache.example', received: 7, offered: 9 };
    assert.equal(
      view({ sharedCache }).network.lines.at(-1),
      'Shared cache cache.example: 7 B received, 9 B given',
    );
    const unmeasured = view({ link: undefined }).network.lines;
    assert.deepEqual(unmeasured, [
      'Network: not measured yet',
      'The background may fetch as much as it needs.',
    ]);
  });

  it('says in words when there is nothing, or nobody, or trouble', () => {
    assert.match(view({ runs: [], traffic: [] }).empty ?? '', /^No sync has run yet\./);
    assert.equal(view().empty, undefined);
    assert.equal(view().notice, undefined);
    assert.match(view({ link: 'offline' }).notice ?? '', /^Nobody answers/);
    assert.match(view({ trouble: 'See the log.' }).notice ?? '', /cannot be shown\. See the log\./);
  });

  it('says what is wrong with the place of the catalogue, and claims nothing that it cannot know', () => {
    const nothing = { runs: [], traffic: [] };
    const newer = { cause: 'newer', message: 'It is newer. Update Model Hub.' } as const;
    const full = { cause: 'disk', message: 'The disk is full. Free space.' } as const;
    const read = view({ ...nothing, problems: [newer] });
    assert.equal(read.notice, newer.message);
    assert.equal(read.empty, 'There are no syncs to show.');
    assert.equal(read.summary, '');
    assert.equal(view({ problems: [newer, full] }).notice, `${newer.message} ${full.message}`);
    assert.match(view({ ...nothing, problems: [full] }).empty ?? '', /^No sync has run yet\./);
    assert.equal(view({ ...nothing, trouble: 'x' }).empty, 'There are no syncs to show.');
  });
});

describe('Messages of the dashboard', () => {
  it('arrive as they were sent, whatever is shown', () => {
    for (const shown of [view(), view({ runs: [], traffic: [], trouble: 'x' })]) {
      const sent = { type: 'show' as const, view: shown };
      assert.deepEqual(readDashboardMessage(structuredClone(sent)), sent);
    }
    for (const command of ['modelHub.refresh', 'modelHub.showHistory', 'modelHub.setToken']) {
      const said = { type: 'run', command };
      assert.deepEqual(readDashboardPageMessage(said), said);
    }
    assert.deepEqual(readDashboardPageMessage({ type: 'ready' }), { type: 'ready' });
    const state = { scroll: 3, open: ['days'] };
    assert.deepEqual(readDashboardState(state), state);
  });

  it('are nothing if they are anything else', () => {
    for (const command of ['workbench.action.terminal.new', 'modelHub.clearToken', '', undefined]) {
      assert.equal(readDashboardPageMessage({ type: 'run', command }), undefined);
    }
    assert.equal(readDashboardMessage({ type: 'show', view: {} }), undefined);
    assert.equal(readDashboardState({ scroll: -1, open: [] }), undefined);
    assert.equal(readDashboardState(undefined), undefined);
  });
});
