import type { ModelId } from '../../sync/model.ts';

/** Opens Jan's page of a model; it chooses no file and starts no download. */
export function janDeepLink(model: ModelId): string {
  const path = model.split('/').map(encodeURIComponent).join('/');
  return `jan://models/huggingface/${path}`;
}
