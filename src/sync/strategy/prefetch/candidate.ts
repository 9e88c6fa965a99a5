import type { Traits } from '../../activity.ts';
import { familyOf } from '../../family.ts';
import type { Model, ModelId } from '../../model.ts';

const DAY = 24 * 60 * 60_000;
/** For how long a model counts as new, and a change to it as one, in ms. */
const NEW_FOR = 7 * DAY;

/** A model whose details may be wanted next. */
export interface Candidate {
  readonly id: ModelId;
  /** The commit whose details they would be. */
  readonly sha: string;
  readonly author: string;
  readonly family?: string;
  /** Of the smallest variant. */
  readonly smallestBytes?: number;
  readonly downloads?: number;
  /** Ms since 1970. */
  readonly createdAt?: number;
  /** Ms since 1970. */
  readonly lastModified?: number;
}

/** The model as a candidate; undefined where no commit is known, whose details would not last. */
export function candidateOf(model: Model): Candidate | undefined {
  const { id, sha, author, downloads, createdAt, lastModified } = model;
  if (sha === undefined) return undefined;
  const sizes = (model.variants ?? []).flatMap(({ size }) =>
    size.sureness === 'unknown' ? [] : [size.bytes],
  );
  const family = familyOf(model);
  return {
    ...{ id, sha, author },
    ...(family !== undefined && { family }),
    ...(downloads !== undefined && { downloads }),
    ...(createdAt !== undefined && { createdAt }),
    ...(lastModified !== undefined && { lastModified }),
    ...(sizes.length > 0 && { smallestBytes: Math.min(...sizes) }),
  };
}

/**
 * What a model has in common with others, by which tastes are told apart: each trait has a few
 * values only, so that few events say something of it.
 * @param fitsBytes how large a variant may be to run well here; undefined: not known
 */
export function traitsOf(candidate: Candidate, now: number, fitsBytes?: number): Traits {
  const { author, family = '' } = candidate;
  const fit = fitClass(candidate.smallestBytes, fitsBytes);
  return {
    ...{ author, family },
    age: ageClass(candidate, now),
    ...(fit !== undefined && { fit }),
  };
}

/** Whether it is new or has changed lately. */
export function isRecent(candidate: Candidate, now: number): boolean {
  return ageClass(candidate, now) !== 'old';
}

function ageClass({ createdAt, lastModified }: Candidate, now: number): string {
  if (createdAt !== undefined && now - createdAt < NEW_FOR) return 'new';
  return lastModified !== undefined && now - lastModified < NEW_FOR ? 'changed' : 'old';
}

function fitClass(bytes: number | undefined, fitsBytes: number | undefined): string | undefined {
  if (bytes === undefined || fitsBytes === undefined) return undefined;
  return bytes <= fitsBytes ? 'fits' : 'tooBig';
}
