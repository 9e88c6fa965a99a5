import type { InstalledEntry } from './installed.ts';

/** Tells models of Jan's MLX engine from those of llama.cpp that have the same id. */
export const MLX_MARK = 'mlx:';

/** What the OpenAI-compatible API of its runtime calls an entry: Jan's knows nothing of engines. */
export function apiName({
  id,
  runtime,
}: {
  readonly id: string;
  readonly runtime: Pick<InstalledEntry['runtime'], 'kind'>;
}): string {
  return runtime.kind === 'jan' && id.startsWith(MLX_MARK) ? id.slice(MLX_MARK.length) : id;
}
