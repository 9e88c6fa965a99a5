import type { Model, ModelFile } from '../../../src/sync/model.ts';
import type { DetailsSubject } from '../../../src/views/details/detailsSubject.ts';
import type { Wording } from '../../../src/views/details/wording.ts';

export const NOW = Date.UTC(2026, 10, 22, 12);
export const SHA = '0123456789abcdef0123456789abcdef01234567';

/** English, and plain enough to be compared with. */
export const plainWording: Wording = {
  t: (message, ...args) =>
    message.replace(/\{(\d)\}/g, (_, at: string) => String(args[Number(at)])),
  size: (size) =>
    size.sureness === 'unknown'
      ? 'size unknown'
      : `${size.sureness === 'estimated' ? '≈ ' : ''}${size.bytes} B`,
  bytes: (bytes) => `${bytes} B`,
  percent: (share) => `${Math.floor(share * 100)} %`,
  duration: (seconds) => `${seconds} s`,
  count: (count) => `${count}`,
  number: (value) => value.toLocaleString('en'),
  age: (time, now) => `${(now - time) / 60_000} min. ago`,
  date: (time) => new Date(time).toISOString().slice(0, 10),
  moment: (time) => new Date(time).toISOString(),
  sourceName: (key) => key.replace('hf:', ''),
  sourceKind: (key) => (key.startsWith('hf:') ? 'Hugging Face' : 'catalogue file'),
};

export const file = (path: string, bytes?: number, sha256?: string): ModelFile => ({
  path,
  size: bytes === undefined ? { sureness: 'unknown' } : { sureness: 'exact', bytes },
  ...(sha256 !== undefined && { sha256 }),
});

export const jan: Model = {
  id: 'janhq/Jan-v1-4B-GGUF',
  author: 'janhq',
  name: 'Jan-v1-4B-GGUF',
  sources: ['hf:janhq', 'jan:v2'],
  published: true,
  sha: SHA,
  gated: false,
  license: 'apache-2.0',
  task: 'text-generation',
  parameters: 4_022_468_096,
  contextLength: 32_768,
  takesTools: true,
  downloads: 120_000,
  likes: 399,
  lastModified: NOW - 3 * 60_000,
  tags: ['gguf', 'agent'],
  variants: [
    {
      name: 'Jan-v1-4B-Q4_K_M',
      quantisation: 'Q4_K_M',
      files: [{ path: 'Jan-v1-4B-Q4_K_M.gguf', size: { sureness: 'estimated', bytes: 2400 } }],
      size: { sureness: 'estimated', bytes: 2400 },
    },
  ],
};

/** A subject of a page; what is given replaces what is usual. */
export function subject(changes: Partial<DetailsSubject> = {}): DetailsSubject {
  return {
    id: jan.id,
    model: jan,
    history: { entries: [] },
    favourite: false,
    sources: [{ key: 'hf:janhq', epoch: 1, models: 3, lastSuccess: NOW - 5 * 60_000 }],
    details: { phase: 'loading' },
    local: {
      downloads: [],
      installed: [],
      hasToken: false,
      asked: new Set(),
      refused: new Map(),
    },
    images: false,
    endpoint: 'https://hub.example',
    now: NOW,
    ...changes,
  };
}
