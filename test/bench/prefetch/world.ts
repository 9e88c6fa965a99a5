import { generatedTimeline } from '../../hub/generator.ts';
import { random } from '../../hub/random.ts';
import type { Random } from '../../hub/random.ts';
import type { Repository } from '../../hub/repository.ts';
import type { ModelLine } from './trace.ts';

export const DAY = 24 * 60 * 60_000;
/** What the heads of an answer weigh. */
const HEAD_BYTES = 700;
/** Of the generated catalogue each day: as measured on Jan's, commits that change a README aside. */
const README_COMMITS = 0.003;
/** For so many days a new model is still worked at, and so likely each day. */
const UNFINISHED_DAYS = 3;
const UNFINISHED = 0.3;

export interface World {
  /** In ms since 1970. */
  readonly begin: number;
  readonly days: number;
  /** In the order of time; those until `begin` were there before. */
  readonly lines: readonly ModelLine[];
}

/** What is published in so many days: the catalogue of the hub, with details of real sizes. */
export function generateWorld(seed: number, models: number, days: number): World {
  const timeline = generatedTimeline({ models, seed, versions: days + 1 });
  const begin = Math.floor(Date.parse(timeline.current.time) / DAY) * DAY;
  const draw = random(seed, 'world');
  const known = new Map<string, { sha: string; line: ModelLine; born: number }>();
  const lines: ModelLine[] = [];
  const publish = (line: ModelLine, sha: string, born: number): void => {
    known.set(line.id, { sha, line, born });
    lines.push(line);
  };
  for (const repository of timeline.current.repositories.values()) {
    const createdAt = Math.min(begin - DAY, Date.parse(repository.createdAt));
    const changedAt = Math.min(begin, Math.max(createdAt, Date.parse(repository.lastModified)));
    publish(lineOf(repository, changedAt, createdAt, seed), repository.sha, createdAt);
  }
  for (let day = 0; day < days; day++) {
    const start = begin + day * DAY;
    const moment = (): number => start + Math.floor(draw.next() * DAY);
    for (const [id, { line, sha, born }] of known) {
      const isUnfinished = start - born < UNFINISHED_DAYS * DAY;
      if (!draw.chance(isUnfinished ? UNFINISHED : README_COMMITS)) continue;
      const changed = { ...line, at: moment(), sha: `${line.sha}+` };
      publish({ ...changed, readmeBytes: readmeBytes(random(seed, id, day)) }, sha, born);
    }
    const next = timeline.advance();
    for (const repository of next?.repositories.values() ?? []) {
      const before = known.get(repository.id);
      if (before?.sha === repository.sha) continue;
      const at = moment();
      const born = before?.born ?? at;
      publish(lineOf(repository, at, born, seed), repository.sha, born);
    }
  }
  return { begin, days, lines: lines.sort((a, b) => a.at - b.at) };
}

function lineOf(repository: Repository, at: number, createdAt: number, seed: number): ModelLine {
  const { id, sha, facts, files, counters } = repository;
  const sizes = files.flatMap(({ size, path }) =>
    size === undefined || !/\.(?:gguf|safetensors)$/i.test(path) ? [] : [size],
  );
  return {
    ...{ type: 'model', at, id, sha, createdAt },
    ...{ task: facts.pipeline, architecture: facts.architecture, parameters: facts.parameters },
    ...(sizes.length > 0 && { smallestBytes: Math.min(...sizes) }),
    downloads: counters.downloads,
    // An entry is about 280 bytes of JSON, of which the digests do not compress.
    treeBytes: HEAD_BYTES + files.length * 110,
    readmeBytes: readmeBytes(random(seed, id)),
  };
}

/**
 * Model cards of quantised models are 2 to 30 KB of Markdown, most of them about 8, of which a third
 * is left when compressed; a few hold whole benchmark reports.
 */
function readmeBytes(draw: Random): number {
  const normal = Math.sqrt(-2 * Math.log(1 - draw.next())) * Math.cos(2 * Math.PI * draw.next());
  return HEAD_BYTES + Math.round(Math.min(160_000, 2_900 * Math.exp(0.8 * normal)));
}
