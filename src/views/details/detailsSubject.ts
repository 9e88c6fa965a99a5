import type { Model, ModelId, SourceStatus } from '../../sync/model.ts';
import type { DetailsState } from './detailsLoader.ts';

/** What is asked for where the commit of a model is not known. */
export const MAIN = 'main';

/** All that the page of one model is made from. */
export interface DetailsSubject {
  readonly id: ModelId;
  /** Absent if the catalogue does not know it. */
  readonly model: Model | undefined;
  readonly sources: readonly SourceStatus[];
  readonly details: DetailsState;
  /** Why the catalogue could not be read, in words. */
  readonly trouble?: string;
  /** Whether remote images may be shown. */
  readonly images: boolean;
  /** Address of the Hub. */
  readonly endpoint: string;
  readonly now: number;
}

/** The revision whose details belong to what the catalogue says of a model. */
export function revisionOf(model: Pick<Model, 'sha'>): string {
  return model.sha ?? MAIN;
}
