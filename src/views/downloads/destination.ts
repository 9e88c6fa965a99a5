import type { TargetKind } from '../../download/model.ts';
import type { InstalledEntry } from '../../runtime/installed.ts';
import type { RuntimeKind } from '../../runtime/runtime.ts';

/** A layout of files that we write, or a runtime that fetches by itself. */
export type Destination = { readonly target: TargetKind } | { readonly runtime: string };

/** Where the newest revision of an entry belongs; undefined: wherever downloads go. */
export function placeOf({ id, kind }: InstalledEntry['runtime']): Destination | undefined {
  const targets: Partial<Record<RuntimeKind, TargetKind>> = {
    folder: 'folder',
    jan: 'jan',
    huggingFaceCache: 'huggingFaceCache',
  };
  const target = targets[kind];
  if (target !== undefined) return { target };
  return kind === 'cortex' ? { runtime: id } : undefined;
}
