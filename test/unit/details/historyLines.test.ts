import assert from 'node:assert/strict';
import type { HistoryEntry, ModelHistory } from '../../../src/sync/modelHistory.ts';
import { NO_CHANGE } from '../../../src/sync/modelHistory.ts';
import { historyLines } from '../../../src/views/details/historyLines.ts';
import type { HistoryLine } from '../../../src/views/details/messages.ts';
import { OLDER } from './localSamples.ts';
import { NOW, plainWording, SHA, subject } from './samples.ts';

const MINUTE = 60_000;

function entry(changes: Partial<HistoryEntry> = {}): HistoryEntry {
  return { ...NO_CHANGE, source: 'hf:janhq', event: 'changed', at: NOW - MINUTE, ...changes };
}

function lines(history: ModelHistory): HistoryLine[] {
  return historyLines(subject({ history }), plainWording);
}

const changes = (of: Partial<HistoryEntry>): readonly string[] | undefined =>
  lines({ entries: [entry(of)] })[0]?.changes;

describe('the history on the details page', () => {
  it('ends with when the model was seen first, and by whom', () => {
    const since = { source: 'hf:janhq', at: NOW - 10 * MINUTE };
    const [line, first, ...others] = lines({ entries: [entry()], since });
    assert.equal(line?.event, 'Changed');
    assert.deepEqual(others, []);
    assert.deepEqual(first, {
      event: 'First seen',
      when: { text: '10 min. ago', title: new Date(since.at).toISOString() },
      source: 'janhq',
      links: [],
      changes: [],
    });
    const returned = entry({ event: 'returned', at: since.at });
    const events = lines({ entries: [returned, entry({ event: 'removed' })], since });
    assert.deepEqual(
      events.map(({ event }) => event),
      ['Published again', 'No longer published'],
    );
  });

  it('links each commit, and what lies between the two', () => {
    const [line] = lines({ entries: [entry({ from: OLDER, to: SHA })] });
    const hub = 'https://hub.example';
    assert.deepEqual(
      line?.links.map(({ text, href }) => [text, href]),
      [
        ['fedcba9', `${hub}/janhq/Jan-v1-4B-GGUF/commit/${OLDER}`],
        ['0123456', `${hub}/janhq/Jan-v1-4B-GGUF/commit/${SHA}`],
        ['Differences', `${hub}/api/models/janhq/Jan-v1-4B-GGUF/compare/${OLDER}..${SHA}?raw=true`],
      ],
    );
    assert.deepEqual(lines({ entries: [entry({ to: 'javascript:alert(1)' })] })[0]?.links, []);
  });

  it('says in words what changed', () => {
    const files = [
      { path: 'a.gguf', what: 'changed', before: 10, after: 20 },
      { path: 'b.gguf', what: 'changed', before: 10, after: 10 },
      { path: 'c.gguf', what: 'added' },
      { path: 'd.gguf', what: 'added', after: 5 },
      { path: 'e.gguf', what: 'removed', before: 7 },
      { path: 'README.md', what: 'changed', before: 1, after: 2 },
    ] as const;
    assert.deepEqual(changes({ files, moreFiles: 3, scope: 'all', addedTags: ['x', 'y'] }), [
      'File changed: a.gguf, 10 B → 20 B',
      'File changed: b.gguf',
      'New file: c.gguf',
      'New file: d.gguf, 5 B',
      'File removed: e.gguf, 7 B',
      'The README changed.',
      '3 more files changed.',
      'Tags added: x, y',
    ]);
    assert.deepEqual(
      changes({
        facts: [
          { fact: 'gated', before: false, after: 'manual' },
          { fact: 'takesTools', before: false, after: true },
          { fact: 'contextLength', before: 4096, after: 32_768 },
          { fact: 'license', before: 'mit', after: 'gpl' },
        ],
      }),
      [
        'Access: Open → Gated, the author decides',
        'Tools: No → Yes',
        'Context: 4,096 → 32,768',
        'License: mit → gpl',
      ],
    );
  });

  it('says how sure it is that a commit changed nothing', () => {
    assert.match(changes({ to: SHA, awaited: true })?.[0] ?? '', /not known yet which files/);
    assert.match(changes({ to: SHA })?.[0] ?? '', /is not known, because .* was not kept/);
    assert.match(changes({ to: SHA, scope: 'all' })?.[0] ?? '', /the same files/);
    assert.deepEqual(changes({ event: 'removed', to: SHA }), []);
  });

  it('tells once of a commit that two sources tell of', () => {
    const both = [
      entry({ from: OLDER, to: SHA, source: 'published:https://x.example' }),
      entry({ from: OLDER, to: SHA, at: NOW - 2 * MINUTE }),
    ];
    assert.deepEqual(
      lines({ entries: both }).map(({ source }) => source),
      ['janhq'],
    );
  });
});
