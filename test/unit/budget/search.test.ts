import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogueReader } from '../../../src/sync/cache/catalogueReader.ts';
import { openForReading } from '../../../src/sync/cache/database.ts';
import type { SourceRow } from '../../../src/sync/model.ts';
import { writeCatalogue } from '../../bench/catalogueOf.ts';
import { ratioOf } from '../../budget/calibration.ts';
import { LIMITS, breaches } from '../../budget/limits.ts';
import { NOON } from '../support/fakeClock.ts';

const HUB = 'hf:all';
const MODELS = 6_000;
const PAGE = 100;
const ROUNDS = 11;
/** As somebody types them, letter by letter and finished. */
const TEXTS = ['q', '4b', 'qwe', 'qwen', 'coder', 'qwen 4b', 'unsloth qwen coder', 'nothing-like'];
const ALL = { sources: [HUB], filters: {}, sort: 'newest', offset: 0 } as const;

describe('The performance budget of searching', function () {
  this.timeout(60_000);
  let folder: string;
  let path: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'model-hub-budget-'));
    const sources = { [HUB]: (rows: SourceRow[]) => rows };
    ({ path } = writeCatalogue({ folder, models: MODELS, now: NOON, sources }));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** One search of each text against one reading of all records. */
  function searching(page: number): number {
    const database = openForReading(path);
    const reader = new CatalogueReader(database);
    const all = database.prepare('SELECT id, record FROM model');
    let limit = page;
    const search = (): void => {
      limit += 1; // the same question is answered from memory
      for (const text of TEXTS) reader.search({ ...ALL, text, limit });
    };
    const readAll = (): void => {
      for (const row of all.iterate()) String(row['record']).includes('qwen');
    };
    try {
      assert.equal(reader.search({ ...ALL, text: 'qwen', limit: PAGE }).length, PAGE);
      return ratioOf(ROUNDS, search, readAll) / TEXTS.length;
    } finally {
      reader.close();
    }
  }

  it('holds', () => {
    assert.deepEqual(breaches({ search: searching(PAGE) }, LIMITS), []);
  });

  it('is broken by a search that does not stop at a page', () => {
    assert.equal(breaches({ search: searching(MODELS) }, LIMITS).length, 1);
  });
});
