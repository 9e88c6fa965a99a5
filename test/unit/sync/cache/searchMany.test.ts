import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CatalogueWriter } from '../../../../src/sync/cache/catalogueWriter.ts';
import {
  DATABASE_FILE,
  openDatabase,
  openForReading,
} from '../../../../src/sync/cache/database.ts';
import { CatalogueSearch } from '../../../../src/sync/cache/search.ts';
import type { SearchPlan, SearchQuery, SearchSort } from '../../../../src/sync/cache/search.ts';
import type { ModelRecord, SourceKey } from '../../../../src/sync/model.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { NOON } from '../../support/fakeClock.ts';
import { randomNumbers, seedOfRun } from '../../support/random.ts';
import { changeSet, row } from '../../support/rows.ts';

const HF = 'hf:janhq';
const JAN = 'jan:v2';

describe('Searching many models', () => {
  const SEED = seedOfRun();
  const MODELS = 4_000;
  const SOURCES = [HF, 'hf:two', JAN];
  /** Each way by itself, the ways that give up on the way, and what is usual. */
  const PLANS: Readonly<Record<string, SearchPlan | undefined>> = {
    'put in order': { few: Infinity, many: 1e9, glance: 0 },
    'walked for': { few: -1, many: 1e9, glance: 0 },
    'glanced at, or else walked for': { few: -1, many: 1, glance: 3 },
    'found by the shortest way': undefined,
  };
  let folder: string;
  let models: ReadonlyMap<SourceKey, readonly ModelRecord[]>;

  const random = randomNumbers(SEED);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const LICENSES = ['mit', 'apache-2.0', 'gemma'];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'model-hub-test-'));
    const written = openDatabase(folder, NOON, collectingLogger());
    const writer = new CatalogueWriter(written.database);
    models = new Map(SOURCES.map((source) => [source, manyRecords()]));
    for (const [source, records] of models) {
      const changes = changeSet(source, { added: records.map((record) => row(record)) });
      const rest = { validators: {}, swept: true, counted: false, at: NOON, noteworthy: true };
      writer.apply({ changes, ...rest }, 0);
    }
    writer.close();
  });
  after(() => rmSync(folder, { recursive: true }));

  function manyRecords(): ModelRecord[] {
    const family = (): string =>
      random() < 0.005 ? 'rare' : pick(['Qwen3', 'Llama-3.2', 'gemma', 'Phi4']);
    const records = Array.from({ length: MODELS / SOURCES.length }, () => {
      const name = `${family()}-${pick(['1', '4', '70'])}B-${Math.floor(random() * 2_500)}`;
      return {
        id: `${pick(['unsloth', 'bartowski', 'zai'])}/${name}`,
        license: pick(LICENSES),
        takesTools: random() < 0.5,
        lastModified: NOON + Math.floor(random() * 1_000),
        parameters: Math.floor(random() ** 4 * 1e12),
        // The trigrams of the last occur in the first two, too.
        tags: random() < 0.1 ? ['abcde'] : ['abcd', 'bcde'],
      };
    });
    return [...new Map(records.map((record) => [record.id, record])).values()];
  }

  /** Of each model what the first of these sources says. */
  function shown(sources: readonly SourceKey[]): Map<string, ModelRecord> {
    const followed = SOURCES.filter((source) => sources.includes(source));
    return new Map(
      followed.toReversed().flatMap((source) => models.get(source)!.map((one) => [one.id, one])),
    );
  }

  function keyOf(sort: SearchSort, { id, lastModified }: ModelRecord): string {
    return sort === 'name'
      ? id.slice(id.indexOf('/') + 1).toLowerCase()
      : String(1e15 - lastModified!).padStart(20, '0');
  }

  function answers(record: ModelRecord, { text, filters }: SearchQuery): boolean {
    const id = record.id.toLowerCase();
    const about = `${id} ${record.tags!.join(' ')}`;
    const begins = [...id.matchAll(/[a-z]+|\d+/g)].map(({ index }) => index);
    return (
      text
        .split(' ')
        .every((word) =>
          word.length > 2
            ? about.includes(word)
            : begins.some((begin) => id.startsWith(word, begin)),
        ) &&
      (filters.license ?? record.license) === record.license &&
      (filters.takesTools ?? record.takesTools) === record.takesTools &&
      record.parameters! >= (filters.minParameters ?? 0) &&
      record.parameters! <= (filters.maxParameters ?? Infinity)
    );
  }

  function anyQuery(): SearchQuery {
    const words = [
      pick(['', 'q', '4b', 'qwen', 'rare', 'uns', 'b-1', '70b', 'zz', '3']),
      pick(['', '', 'z', 'gem', 'b', 'abcde']),
    ];
    return {
      text: words.join(' ').trim(),
      sources: pick([[HF], [HF, JAN], SOURCES, ['hf:two', 'hf:nobody']]),
      filters: {
        ...(random() < 0.3 && { license: pick(LICENSES) }),
        ...(random() < 0.3 && { takesTools: random() < 0.5 }),
        ...(random() < 0.2 && { minParameters: pick([1e9, 1e11, 9.9e11]) }),
        ...(random() < 0.2 && { maxParameters: pick([1e4, 1e9, 1e11]) }),
      },
      sort: pick(['name', 'newest']),
      offset: pick([0, 0, 3, 40]),
      limit: pick([1, 5, 100]),
    };
  }

  for (const [name, plan] of Object.entries(PLANS)) {
    it(`finds what reading everything finds, in the same order, ${name} (SEED=${SEED})`, () => {
      // The tables that it needs for itself belong to the connection.
      const own = openForReading(join(folder, DATABASE_FILE));
      const search = new CatalogueSearch(own, plan);
      for (let round = 0; round < 80; round++) {
        const asked = anyQuery();
        const { sort, offset, limit } = asked;
        const all = shown(asked.sources);
        const found = search.ids(asked);
        const keys = found.map((id) => keyOf(sort, all.get(id)!));
        const expected = [...all.values()]
          .filter((record) => answers(record, asked))
          .map((record) => keyOf(sort, record))
          .sort();
        const label = JSON.stringify(asked);
        assert.deepEqual(keys, expected.slice(offset, offset + limit), label);
        assert.equal(new Set(found).size, found.length, label);
      }
      own.close();
    });
  }
});
