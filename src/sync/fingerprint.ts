import { createHash } from 'node:crypto';
import type { Gate, ModelId } from './model.ts';
import { canonicalJson } from './canonicalJson.ts';

/** What identifies the content of a source: the fingerprint of each model it lists. */
export type Manifest = ReadonlyMap<ModelId, string>;

/** What tells two manifests apart. */
export interface ManifestDiff {
  readonly added: readonly ModelId[];
  readonly updated: readonly ModelId[];
  readonly removed: readonly ModelId[];
}

/** The fingerprint of a seeded row: differs from every real one, so the first sync replaces it. */
export const SEED_FINGERPRINT = '';

/**
 * The fingerprint of a repository: its commit and who may see it, never its counters. The commit's
 * date counts too: a repository that went back to an earlier commit bears another one.
 */
export function repositoryFingerprint(repository: {
  sha: string | undefined;
  lastModified: number | undefined;
  gated: Gate | undefined;
  private: boolean | undefined;
  disabled: boolean | undefined;
}): string {
  const { sha, lastModified, gated = false } = repository;
  const { private: isPrivate = false, disabled = false } = repository;
  return digest(canonicalJson([sha ?? null, lastModified ?? null, gated, isPrivate, disabled]));
}

/** The fingerprint of a record whose upstream has no commit: the hash of its canonical JSON. */
export function contentFingerprint(content: string): string {
  return digest(content);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/**
 * What changed from `known` to `seen`. Only a complete manifest can tell what was removed: where
 * `seen` is a part of it, pass `complete: false` and nothing is.
 */
export function diffManifests(known: Manifest, seen: Manifest, complete: boolean): ManifestDiff {
  const added: ModelId[] = [];
  const updated: ModelId[] = [];
  for (const [id, fingerprint] of seen) {
    const before = known.get(id);
    if (before === undefined) added.push(id);
    else if (before !== fingerprint) updated.push(id);
  }
  const removed = complete ? [...known.keys()].filter((id) => !seen.has(id)) : [];
  return { added, updated, removed };
}
