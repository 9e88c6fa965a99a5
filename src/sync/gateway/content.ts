import { canonicalJson } from '../canonicalJson.ts';

const COUNTERS = new Set(['downloads', 'likes', 'trendingScore']);

/**
 * The content of an upstream record: the record without its counters, and without the text of the
 * chat template, which weighs kilobytes and is of use only to who runs the model.
 */
export function contentOf(raw: Readonly<Record<string, unknown>>): string {
  return canonicalJson(withoutVolatile(raw));
}

/** The same without what the content leaves out, for records that hold another one inside. */
export function withoutVolatile(raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.fromEntries(Object.entries(raw).filter(([key]) => !COUNTERS.has(key)));
  const { gguf } = kept;
  if (typeof gguf === 'object' && gguf !== null) {
    const entries = Object.entries(gguf).filter(([key]) => key !== 'chat_template');
    kept['gguf'] = Object.fromEntries(entries);
  }
  return kept;
}
