import type { JsonObject } from './canonical.ts';
import type { Repository } from './repository.ts';

export type CatalogueName = 'v1' | 'v2';
export const CATALOGUE_NAMES: readonly CatalogueName[] = ['v1', 'v2'];

/** One file of Jan's catalogue as it was published. */
export interface CatalogueFile {
  /** The file, byte for byte. */
  readonly bytes: Buffer;
  readonly records: readonly JsonObject[];
}

/** Everything that the upstreams say at one moment. */
export interface Publication {
  readonly sequence: number;
  /** ISO 8601. */
  readonly time: string;
  /** Nothing comes after it. */
  readonly last: boolean;
  /** By `owner/name`. */
  readonly repositories: ReadonlyMap<string, Repository>;
  readonly catalogues: Readonly<Partial<Record<CatalogueName, CatalogueFile>>>;
}

/** A sequence of publications, of which the first is there at once. */
export interface Timeline {
  readonly current: Publication;
  /** Publishes the next and makes it current; undefined after the last. */
  advance(): Publication | undefined;
}
