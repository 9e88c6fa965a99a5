import { canonicalJson, sha1 } from './canonical.ts';
import { evolve } from './evolution.ts';
import { janCatalogue } from './janFormat.ts';
import { grownDraft } from './grown.ts';
import type { Draft } from './draft.ts';
import type { Publication, Timeline } from './publication.ts';
import type { Repository } from './repository.ts';
import { CREATED_AT_FLOOR, fractionOf, objectIdOf } from './repository.ts';
import { wellKnownDrafts } from './wellKnown.ts';

export const DEFAULT_MODELS = 200;
export const DEFAULT_SEED = 1;
export const DEFAULT_VERSIONS = 30;

/** Noon of the day that the first generated publication bears; generated data knows no other clock. */
const FIRST_DAY = Date.UTC(2026, 2, 16, 12);
const DAY = 86_400_000;

export interface GeneratorOptions {
  /** How many repositories the first publication has. */
  readonly models: number;
  readonly seed: number;
  /** How many publications there are before `advance` is refused. */
  readonly versions: number;
}

function dayOf(sequence: number): string {
  return new Date(FIRST_DAY + (sequence - 1) * DAY).toISOString();
}

/** A repository with the commit its content stands for. */
function committed(draft: Draft, before: Repository | undefined, time: string): Repository {
  const { id, createdAt, facts, files, branches, counters } = draft;
  const sha = sha1(canonicalJson({ id, createdAt, facts, files, branches }));
  if (before?.sha === sha && before.counters === counters) return before;
  const lastModified = before?.sha === sha ? before.lastModified : time;
  return {
    id,
    objectId: objectIdOf(id),
    sha,
    lastModified,
    createdAt,
    facts,
    files,
    branches,
    counters,
  };
}

/** Repositories were not all touched on the first day: their last commits lie between birth and then. */
function firstCommitTime(draft: Draft): string {
  const born = Math.max(Date.parse(draft.createdAt), Date.parse(CREATED_AT_FLOOR));
  const at = born + fractionOf(`commit ${draft.id}`) * Math.max(0, FIRST_DAY - born);
  return new Date(Math.floor(at / 1000) * 1000).toISOString();
}

/** Megabytes of JSON that many a day passes without anybody asking for. */
function lazyCatalogues(repositories: readonly Repository[]): Publication['catalogues'] {
  const files = {
    get v1() {
      return keep('v1');
    },
    get v2() {
      return keep('v2');
    },
  };
  const keep = (name: 'v1' | 'v2') => {
    const made = janCatalogue(repositories, name);
    Object.defineProperty(files, name, { value: made, enumerable: true });
    return made;
  };
  return files;
}

/** A catalogue out of nothing: well-known models grown to any number, and a day of changes a step. */
export function generatedTimeline({ models, seed, versions }: GeneratorOptions): Timeline {
  let drafts = wellKnownDrafts().slice(0, models);
  for (let index = drafts.length; index < models; index += 1) drafts.push(grownDraft(seed, index));
  let born = drafts.length;
  const sources = new WeakMap<Repository, Draft>();

  const publish = (sequence: number, before?: Publication): Publication => {
    const time = dayOf(sequence);
    const repositories = new Map<string, Repository>();
    for (const draft of drafts) {
      const old = before?.repositories.get(draft.id);
      // A day leaves most drafts as they are: the same draft is the same commit.
      const isSame = old !== undefined && sources.get(old) === draft;
      const repository = isSame
        ? old
        : committed(draft, old, before ? time : firstCommitTime(draft));
      sources.set(repository, draft);
      repositories.set(draft.id, repository);
    }
    return {
      sequence,
      time,
      last: sequence >= versions,
      repositories,
      catalogues: lazyCatalogues([...repositories.values()]),
    };
  };

  let current = publish(1);
  return {
    get current() {
      return current;
    },
    advance() {
      if (current.last) return undefined;
      const sequence = current.sequence + 1;
      const next = evolve(drafts, { seed, sequence, born });
      drafts = next.drafts;
      born = next.born;
      current = publish(sequence, current);
      return current;
    },
  };
}
