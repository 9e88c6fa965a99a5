import { CatalogueReader } from './cache/catalogueReader.ts';
import { openForReading } from './cache/database.ts';
import type { Model, ModelId, SourceKey } from './model.ts';
import type { Candidate } from './strategy/prefetch/candidate.ts';
import { candidateOf } from './strategy/prefetch/candidate.ts';
import type { CandidateQuestion, CandidateSource } from './strategy/prefetch/pool.ts';

/** The catalogue as those see it who look for models that may be wanted. Opened with the first question. */
export class CataloguePool implements CandidateSource {
  readonly #path: string;
  readonly #followed: () => readonly SourceKey[];
  #reader: CatalogueReader | undefined;

  /** @param path the file of the catalogue */
  constructor(path: string, followed: () => readonly SourceKey[]) {
    this.#path = path;
    this.#followed = followed;
  }

  /** @throws what SQLite throws */
  byIds(ids: readonly ModelId[]): Candidate[] {
    return ids.flatMap((id) => toCandidates(this.#open.model(id, this.#followed())));
  }

  /** @throws what SQLite throws */
  find({ author, family, sort, limit }: CandidateQuestion): Candidate[] {
    const filters = {
      ...(author !== undefined && { author }),
      ...(family !== undefined && { family }),
    };
    const sources = this.#followed();
    return this.#open
      .search({ text: '', filters, sources, sort, offset: 0, limit })
      .flatMap(toCandidates);
  }

  /** Lets go of the file; the next question opens it anew. */
  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  get #open(): CatalogueReader {
    return (this.#reader ??= new CatalogueReader(openForReading(this.#path)));
  }
}

function toCandidates(model: Model | undefined): Candidate[] {
  const candidate = model?.published === true ? candidateOf(model) : undefined;
  return candidate === undefined ? [] : [candidate];
}
