import { familyOf } from '../../../src/sync/family.ts';
import type { Candidate } from '../../../src/sync/strategy/prefetch/candidate.ts';
import type {
  CandidateQuestion,
  CandidateSource,
} from '../../../src/sync/strategy/prefetch/pool.ts';
import type { ModelLine } from './trace.ts';

/** A catalogue in memory, as a trace fills it. */
export class Shelf implements CandidateSource {
  readonly #models = new Map<string, { line: ModelLine; candidate: Candidate }>();
  #sorted: Partial<Record<CandidateQuestion['sort'], Candidate[]>> = {};

  put(line: ModelLine): void {
    this.#models.set(line.id, { line, candidate: candidateOf(line) });
    this.#sorted = {};
  }

  line(id: string): ModelLine | undefined {
    return this.#models.get(id)?.line;
  }

  byIds(ids: readonly string[]): Candidate[] {
    return ids.flatMap((id) => this.#models.get(id)?.candidate ?? []);
  }

  find({ author, family, sort, limit }: CandidateQuestion): Candidate[] {
    const found: Candidate[] = [];
    for (const candidate of this.#sortedBy(sort)) {
      if (author !== undefined && candidate.author !== author) continue;
      if (family !== undefined && candidate.family !== family) continue;
      if (found.push(candidate) === limit) break;
    }
    return found;
  }

  #sortedBy(sort: CandidateQuestion['sort']): Candidate[] {
    const order = (a: Candidate, b: Candidate): number =>
      sort === 'newest'
        ? (b.lastModified ?? 0) - (a.lastModified ?? 0)
        : (b.downloads ?? 0) - (a.downloads ?? 0);
    return (this.#sorted[sort] ??= [...this.#models.values()]
      .map(({ candidate }) => candidate)
      .sort(order));
  }
}

function candidateOf(line: ModelLine): Candidate {
  const { id, sha, at, createdAt, architecture, smallestBytes, downloads } = line;
  const family = familyOf({ id, ...(architecture !== undefined && { architecture }) });
  return {
    ...{ id, sha, author: id.slice(0, id.indexOf('/')), createdAt },
    lastModified: Math.max(createdAt, at),
    ...(family !== undefined && { family }),
    ...(smallestBytes !== undefined && { smallestBytes }),
    ...(downloads !== undefined && { downloads }),
  };
}
