const DAY = 24 * 60 * 60_000;
const SHA256 = '5f'.repeat(32);
const COMMIT = 'c0'.repeat(20);
const MODEL = 'janhq/Model-1';

/** What earlier versions are made to write down, and what has to be there after an upgrade. */
export const fixture = {
  /** In ms since 1970. */
  now: Date.UTC(2026, 2, 16, 12),
  favourites: [MODEL, 'cortexso/another'],
  arrangement: { grouping: 'family', order: 'trending' },
  searches: ['@fits license:mit', 'qwen'],
  offered: ['folder:/models/a'],
  installed: { complete: true, runtimes: [], entries: [{ from: { model: MODEL } }] },
  identities: [{ path: '/models/a/a.gguf', size: 4_000_000_000, modified: DAY, sha256: SHA256 }],
  origins: [{ sha256: SHA256, model: MODEL, revision: COMMIT, path: 'a.gguf' }],
  unfound: { sha256: SHA256, model: MODEL, head: COMMIT },
  chunks: {
    terms: [{ xorb: 'ab'.repeat(32), start: 0, end: 2, length: 3000 }],
    chunks: [
      { length: 1000, mark: '0123456789abcdef' },
      { length: 2000, mark: 'fedcba9876543210' },
    ],
  },
  download: {
    id: 'one',
    plan: {
      ...{ model: MODEL, revision: COMMIT, variant: 'Q4_K_M', quantisation: 'Q4_K_M' },
      files: [
        {
          path: 'a-Q4_K_M.gguf',
          size: 4_000_000_000,
          digest: { algorithm: 'sha256', hex: SHA256 },
          role: 'weights',
        },
      ],
      size: 4_000_000_000,
    },
    target: 'folder',
    placement: {
      root: '/models',
      folder: `/models/${MODEL}`,
      paths: [`/models/${MODEL}/a-Q4_K_M.gguf`],
    },
    createdAt: Date.UTC(2026, 2, 15),
  },
} as const;
