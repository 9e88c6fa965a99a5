import { isAbsolute, join } from 'node:path';
import type { Machine } from '../../sync/gateway/cortexDiscovery.ts';

/** Where the Hub's own tools keep what they fetch, in the order in which they look. */
export function huggingFaceCacheFolder({ home, environment }: Machine): string {
  const variable = (name: string): string | undefined => {
    const value = environment[name]?.trim().replace(/^~(?=$|[\\/])/, home);
    // A relative path is meant for a program's own working folder.
    return value !== undefined && isAbsolute(value) ? value : undefined;
  };
  const own = variable('HF_HUB_CACHE') ?? variable('HUGGINGFACE_HUB_CACHE');
  if (own !== undefined) return own;
  const huggingFace = variable('HF_HOME');
  if (huggingFace !== undefined) return join(huggingFace, 'hub');
  return join(variable('XDG_CACHE_HOME') ?? join(home, '.cache'), 'huggingface', 'hub');
}
