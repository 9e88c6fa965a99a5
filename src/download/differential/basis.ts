import type { FileSource } from '../file/fileDownload.ts';
import type { DownloadPlan, PlannedFile } from '../model.ts';

/** A file on this machine that is probably much like one that is to be had. */
export interface Basis {
  /** Absolute. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** What its bytes are, or were when they were verified. */
  readonly sha256: string;
  /** Where these bytes were published; absent where nobody knows. */
  readonly published?: { readonly model: string; readonly revision: string; readonly path: string };
}

/**
 * Finds what to begin with instead of nothing; undefined if there is no such file.
 * @param path where the file will be
 */
export type FindBasis = (
  plan: DownloadPlan,
  file: PlannedFile,
  path: string,
) => Promise<Basis | undefined>;

/** Where the bytes of a basis are asked after. */
export function sourceOf({ published }: Basis, endpoint: URL): FileSource | undefined {
  if (published === undefined) return undefined;
  return { endpoint, model: published.model, revision: published.revision };
}
