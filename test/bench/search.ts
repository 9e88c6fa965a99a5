import { renameSync, writeFileSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { temporaryFolder } from '../../scripts/lib/files.ts';
import { CatalogueReader } from '../../src/sync/cache/catalogueReader.ts';
import { CatalogueWriter } from '../../src/sync/cache/catalogueWriter.ts';
import { openDatabase, openForReading } from '../../src/sync/cache/database.ts';
import type { SearchFilters, SearchQuery, SearchSort } from '../../src/sync/cache/search.ts';
import type { ModelId, ModelRecord, SourceKey, SourceRow } from '../../src/sync/model.ts';
import { applyChanges, silent, writeCatalogue } from './catalogueOf.ts';
import { median, percentile } from './result.ts';
import type { BenchResult } from './result.ts';
import { generatedRow } from './searchRows.ts';
import { modelsOf } from '../support/modelsOf.ts';

const PROMISED = 100_000;
const SMALL = 1_500;
const BIG = 1_000_000;
const RUNS = 5;
const CHANGES = 1_000;
const ROWS = 100;
/** Every so many-th model is listed by a second source, too. */
const SHARED = 50;
const NOW = Date.UTC(2026, 2, 16, 12);
/** The peer reads everything for each question: it is asked every so many-th only. */
const PEER_SAMPLE = 10;
/** A text can hardly be longer than this many characters in Node. */
const LONGEST_TEXT = 400_000_000;

const HUB: SourceKey = 'hf:all';
const JAN: SourceKey = 'jan:v2';

/** One to three words, as somebody types them, letter by letter and finished. */
const TEXTS = [
  ...['q', 'z', '4', 'qw', '4b', 'v9', 'zz', 'qwe', 'qwen', 'qwen3', 'coder', 'bartowski', 'mlx'],
  ...['gemma-3', 'v4711', 'nothing-like-this', 'qwen 4b', 'llama 3b', 'unsloth gguf', 'q 8b'],
  ...['unsloth qwen coder', 'mradermacher llama 3b', 'deepseek r1 70b', 'q c 4'],
];
const FILTERS: readonly SearchFilters[] = [
  {},
  { license: 'mit' },
  { task: 'image-text-to-text' },
  { tags: ['conversational'] },
  { takesTools: true },
  { vision: true },
  { gated: true },
  { library: 'mlx' },
  { maxBytes: 8e9 },
  { minBytes: 4e9, maxBytes: 6e9 },
  { minParameters: 7e9, maxParameters: 9e9 },
  { architecture: 'glm4' },
  { author: 'Qwen' },
];
const SORTS: readonly SearchSort[] = ['newest', 'downloads', 'likes', 'trending', 'name', 'size'];

/**
 * Measures searching, the first page and applying changes, over generated repositories: at 100,000
 * as promised, at 1,500 and, if asked for, at 1,000,000 for the record.
 */
export async function measureSearch({ big = false } = {}): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const models of [PROMISED, SMALL, ...(big ? [BIG] : [])]) {
    results.push(...(await measureAt(models)));
  }
  return results;
}

async function measureAt(models: number): Promise<BenchResult[]> {
  const { folder, remove } = await temporaryFolder('bench-search');
  try {
    const records = build(folder, models);
    return [
      searchResult(folder, models, records),
      firstPageResult(folder, models, records),
      applyResult(folder, models, records),
    ];
  } finally {
    await remove();
  }
}

/** @returns what the peers keep in memory: nothing where it is too much for them */
function build(folder: string, models: number): ModelRecord[] {
  const started = performance.now();
  const kept: ModelRecord[] = [];
  const { bytes, ms } = writeCatalogue({
    ...{ folder, models, now: NOW },
    sources: {
      [HUB]: (rows) => rows,
      [JAN]: (rows) => rows.filter((_, index) => index % SHARED === 0),
    },
    onRows: (rows) => {
      if (models <= PROMISED) kept.push(...rows.map(withCounters));
    },
  });
  const total = performance.now() - started;
  console.log(
    `${models} models, ${(bytes / 1e6).toFixed(0)} MB, ` +
      `written in ${(ms / 1e3).toFixed(1)} s of ${(total / 1e3).toFixed(1)} s`,
  );
  return kept;
}

/** The peers sort by counters, too. */
function withCounters({ record, counters }: SourceRow): ModelRecord {
  return { ...record, ...counters };
}

function searchResult(
  folder: string,
  models: number,
  records: readonly ModelRecord[],
): BenchResult {
  const queries = allQueries();
  const runs: number[][] = [];
  for (let run = 0; run < RUNS; run++) {
    // A new reader remembers no answer.
    const reader = openReader(folder);
    runs.push(queries.map((query) => timed(() => reader.search(query))));
    reader.close();
  }
  const times = queries.map((_, index) => median(runs.map((run) => run[index] ?? Number.NaN)));
  const slowest = queries
    .map((query, index) => ({ query, time: times[index] ?? 0 }))
    .sort((a, b) => b.time - a.time)
    .slice(0, 5);
  for (const { query, time } of slowest) {
    const { text, filters, sort } = query;
    console.log(`${time.toFixed(1)} ms: ${JSON.stringify({ text, filters, sort })}`);
  }
  const scans = queries
    .filter((_, index) => index % PEER_SAMPLE === 0)
    .map((query) => timed(() => scan(records, query)));
  const self = percentile(times, 0.95);
  return {
    id: named('search-p95', models),
    unit: 'ms',
    self,
    peers: records.length === 0 ? {} : { 'linear scan in memory': percentile(scans, 0.95) },
    ...goal(models, self, 10),
    why: `${queries.length} questions, each median of ${RUNS}; median of all ${median(times).toFixed(1)} ms, longest ${Math.max(...times).toFixed(1)} ms`,
  };
}

/** Each text by each sort, and with each filter by one of the sorts in turn. */
function allQueries(): SearchQuery[] {
  const page = { sources: [HUB, JAN], offset: 0, limit: ROWS };
  const sorted = ['', ...TEXTS].flatMap((text) =>
    SORTS.map((sort) => ({ ...page, text, filters: {}, sort })),
  );
  const filtered = ['', ...TEXTS].flatMap((text, row) =>
    FILTERS.map((filters, column) => ({
      ...{ ...page, text, filters },
      sort: SORTS[(row + column) % SORTS.length] ?? 'newest',
    })),
  );
  return [...sorted, ...filtered];
}

/** What somebody writes without a database: every record looked at, what answers sorted. */
function scan(
  records: readonly ModelRecord[],
  { text, filters, sort }: SearchQuery,
): ModelRecord[] {
  const words = text.toLowerCase().split(' ').filter(Boolean);
  const { license, task, tags = [], takesTools, library, architecture, author } = filters;
  const { minParameters = 0, maxParameters = Infinity } = filters;
  const found = records.filter((record) => {
    const about = `${record.id} ${record.architecture ?? ''} ${record.task ?? ''}`.toLowerCase();
    return (
      words.every((word) => about.includes(word)) &&
      (license ?? record.license) === record.license &&
      (task ?? record.task) === record.task &&
      (library ?? record.library) === record.library &&
      (architecture ?? record.architecture) === record.architecture &&
      (takesTools ?? record.takesTools) === record.takesTools &&
      (author === undefined || record.id.startsWith(`${author}/`)) &&
      tags.every((tag) => record.tags?.includes(tag)) &&
      (record.parameters ?? 0) >= minParameters &&
      (record.parameters ?? 0) <= maxParameters
    );
  });
  return sort === 'name'
    ? found.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, ROWS)
    : found.sort((a, b) => (b.lastModified ?? 0) - (a.lastModified ?? 0)).slice(0, ROWS);
}

function firstPageResult(
  folder: string,
  models: number,
  records: readonly ModelRecord[],
): BenchResult {
  const times = Array.from({ length: RUNS * 2 }, () =>
    timed(() => {
      const reader = openReader(folder);
      reader.sources([HUB, JAN]);
      const page = modelsOf(reader, HUB, { followed: [JAN], limit: ROWS });
      if (page.length !== ROWS) throw new Error(`${page.length} rows are no page.`);
      reader.close();
    }),
  );
  const file = path.join(folder, 'list.json');
  const text = toText(records);
  if (text !== undefined) writeFileSync(file, text);
  const parse = (): unknown => JSON.parse(readFileSync(file, 'utf8'));
  const self = median(times);
  return {
    id: named('first-page', models),
    unit: 'ms',
    self,
    peers: text === undefined ? {} : { 'JSON.parse of the list': timed(parse) },
    ...goal(models, self, 20),
    why: `median of ${times.length}: open, list of sources, ${ROWS} rows`,
  };
}

function applyResult(folder: string, models: number, records: readonly ModelRecord[]): BenchResult {
  const { database } = openDatabase(folder, NOW, silent);
  const writer = new CatalogueWriter(database);
  const times: number[] = [];
  const checkpoints: number[] = [];
  for (let run = 1; run <= RUNS; run++) {
    const changes = changesOf(run, models);
    times.push(timed(() => applyChanges(writer, HUB, changes, NOW)));
    checkpoints.push(timed(() => writer.checkpoint()));
  }
  writer.close();
  const file = path.join(folder, 'list.json');
  const rewrite = (): void => {
    writeFileSync(`${file}.new`, toText(records) ?? '');
    renameSync(`${file}.new`, file);
  };
  const self = median(times);
  return {
    id: named('apply-1000', models),
    unit: 'ms',
    self,
    peers: records.length === 0 ? {} : { 'rewriting the list': timed(rewrite) },
    ...goal(models, self, 50),
    why: `median of ${RUNS}; the checkpoint after it, in the same worker thread: ${median(checkpoints).toFixed(0)} ms`,
  };
}

/** Eight of ten changes are new commits, one is a new model and one the end of another. */
function changesOf(
  run: number,
  models: number,
): { added: SourceRow[]; updated: SourceRow[]; removed: ModelId[] } {
  const tenth = CHANGES / 10;
  // Spread all over the catalogue; each run takes others.
  const spread = (index: number): number => (index * 7_919 + run * 104_729) % models;
  const all = [...new Set(Array.from({ length: CHANGES }, (_, index) => spread(index)))];
  return {
    added: Array.from({ length: tenth }, (_, index) =>
      committedNow(generatedRow(models + run * tenth + index)),
    ),
    updated: all
      .slice(0, CHANGES - 2 * tenth)
      .map((index) => committedNow(generatedRow(index, run))),
    removed: all.slice(-tenth).map((index) => generatedRow(index).record.id),
  };
}

/** What changes is the newest: that is what makes it a change. */
function committedNow(row: SourceRow): SourceRow {
  return { ...row, record: { ...row.record, lastModified: NOW } };
}

function openReader(folder: string): CatalogueReader {
  return new CatalogueReader(openForReading(path.join(folder, 'catalogue.db')));
}

function toText(records: readonly ModelRecord[]): string | undefined {
  const parts = records.map((record) => JSON.stringify(record));
  const length = parts.reduce((sum, part) => sum + part.length + 1, 0);
  return length === 0 || length > LONGEST_TEXT ? undefined : `[${parts.join(',')}]`;
}

function named(id: string, models: number): string {
  return models === PROMISED ? id : `${id}-at-${models}`;
}

function goal(models: number, self: number, most: number): Pick<BenchResult, 'reach' | 'reached'> {
  if (models !== PROMISED) return { reach: 'none set', reached: null };
  return { reach: `${most} ms`, reached: self <= most };
}

/** How long something takes, in ms. */
function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
