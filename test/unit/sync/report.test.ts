import assert from 'node:assert/strict';
import type { SourceReport } from '../../../src/sync/report.ts';
import { nothingDone, together } from '../../../src/sync/report.ts';

describe('The report of a source', () => {
  it('is nothing where it was not asked', () => {
    const { source, ...work } = nothingDone('hf:a');
    assert.equal(source, 'hf:a');
    assert.deepEqual(work, {
      ...{ added: 0, updated: 0, removed: 0, dropped: 0, requests: 0 },
      ...{ bytesReceived: 0, bytesSaved: 0, wholeBytes: 0, durationMs: 0 },
    });
  });

  it('of one attempt is that one', () => {
    const only = nothingDone('hf:a');
    assert.equal(together(undefined, only), only);
  });

  it('of two attempts is the work of both and the outcome of the last', () => {
    const before: SourceReport = {
      ...{ source: 'hf:a', added: 1, updated: 2, removed: 3, dropped: 4, requests: 5 },
      ...{ bytesReceived: 6, bytesSaved: 7, wholeBytes: 8, durationMs: 9 },
      error: { kind: 'conflict', message: 'Another window was faster.' },
    };
    const last: SourceReport = {
      ...{ source: 'hf:a', added: 10, updated: 20, removed: 30, dropped: 40, requests: 50 },
      ...{ bytesReceived: 60, bytesSaved: 70, wholeBytes: 80, durationMs: 90, heardAt: 1 },
    };
    const both = together(before, last);
    assert.deepEqual(both, {
      ...{ source: 'hf:a', added: 11, updated: 22, removed: 33, dropped: 40, requests: 55 },
      ...{ bytesReceived: 66, bytesSaved: 77, wholeBytes: 88, durationMs: 99, heardAt: 1 },
    });
  });
});
