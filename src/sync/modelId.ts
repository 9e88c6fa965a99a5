import type { ModelId } from './model.ts';

/** The part of an id before the slash: `owner` of `owner/name`. */
export function authorOf(id: ModelId): string {
  return id.slice(0, id.indexOf('/'));
}

/** The part of an id after the slash: `name` of `owner/name`. */
export function nameOf(id: ModelId): string {
  return id.slice(id.indexOf('/') + 1);
}
