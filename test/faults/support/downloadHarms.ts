import type { DownloadPlan } from '../../../src/download/model.ts';
import type { FaultRule, FaultSet } from '../../hub/faults.ts';
import { MODEL } from './downloadWorld.ts';
import type { DownloadWorld } from './downloadWorld.ts';
import type { Draw } from './draw.ts';

/** Something that is wrong with the server while a file is fetched. */
export interface Harm {
  readonly name: string;
  readonly faults: (draw: Draw, plan: DownloadPlan) => FaultSet;
  /** What comes of it: `installed`, or kinds of failures; absent: any of them, but nothing damaged. */
  readonly outcomes?: readonly string[];
  /** What else happens, once the download has begun. */
  readonly meanwhile?: (world: DownloadWorld, plan: DownloadPlan) => Promise<void>;
  /** The plan was made of what is wrong: a new one is needed to go on. */
  readonly isInPlan?: boolean;
  /** It waits for half a minute before it does anything. */
  readonly isLong?: boolean;
}

const MB = 1_000_000;

const onContent = (rule: FaultRule): FaultSet => ({ rules: [{ match: 'cdn', ...rule }] });
const onResolve = (rule: FaultRule): FaultSet => ({ rules: [{ match: 'resolve', ...rule }] });
const count = (draw: Draw): { count: number } => ({ count: draw.between(1, 3) });
const place = (draw: Draw, { size }: DownloadPlan): number => draw.between(0, size - 1);

/** All that can be wrong with the server of a file. */
export const HARMS: readonly Harm[] = [
  {
    name: 'connections reset every few MB',
    faults: (draw) => onContent({ resetEvery: draw.between(MB, 5 * MB) }),
    outcomes: ['installed'],
  },
  {
    name: 'connections cut at half of each answer, some times',
    faults: (draw) => onContent({ truncate: count(draw) }),
    outcomes: ['installed'],
  },
  {
    name: 'Range ignored',
    faults: () => onContent({ ignoreRange: true }),
    outcomes: ['installed'],
  },
  {
    name: 'Range ignored now and then, by a server that resets',
    faults: () => onContent({ ignoreRange: { probability: 0.5 }, resetEvery: 3 * MB }),
  },
  { name: 'bodies too short', faults: () => onContent({ short: true }) },
  {
    name: 'bodies too short, some times',
    faults: (draw) => onContent({ short: { bytes: draw.between(1, MB), ...count(draw) } }),
    outcomes: ['installed'],
  },
  { name: 'bodies too long', faults: () => onContent({ longer: true }) },
  { name: 'bodies without end', faults: () => onContent({ endless: true }) },
  { name: 'ranges without bytes', faults: () => onContent({ zeroRange: true }) },
  {
    name: 'ranges without bytes, some times',
    faults: (draw) => onContent({ zeroRange: count(draw) }),
    outcomes: ['installed'],
  },
  {
    name: 'other ranges than asked for',
    faults: () => onContent({ wrongRange: true }),
    outcomes: ['badAnswer'],
  },
  {
    name: 'a page of HTML in place of the file',
    faults: () => onContent({ wrongType: 'html' }),
  },
  {
    name: 'ETag changes midway',
    faults: (draw) => onContent({ etagChanges: draw.between(2, 3), resetEvery: 4 * MB }),
  },
  {
    name: 'one byte flipped on the way',
    faults: (draw, plan) => onContent({ corrupt: place(draw, plan) }),
    outcomes: ['mismatch'],
  },
  {
    name: 'wrong sha256 published',
    faults: (_, { files }) => ({
      repositories: { [MODEL]: { wrongSha256: files.map(({ path }) => path) } },
    }),
    outcomes: ['mismatch'],
    isInPlan: true,
  },
  {
    name: 'signatures expired at birth',
    faults: () => ({ signedUrlSeconds: -1 }),
  },
  {
    name: 'signatures that expire while the bytes flow',
    faults: () => ({ signedUrlSeconds: 1, ...onContent({ slow: 4 * MB, resetEvery: 4 * MB }) }),
    outcomes: ['installed'],
  },
  {
    name: '429 of the content network, some times',
    faults: (draw) => onContent({ rateLimit: { headers: draw.chance(0.5), ...count(draw) } }),
  },
  {
    name: '429 of the hub, with a time to wait',
    faults: () => onResolve({ rateLimit: { retryAfterSeconds: 600 } }),
    outcomes: ['rateLimited'],
  },
  {
    name: '503, some times',
    faults: (draw) => onContent({ status: { code: 503, ...count(draw) } }),
    outcomes: ['installed'],
  },
  { name: '503', faults: () => onContent({ status: 503 }), outcomes: ['server'] },
  { name: 'no network', faults: () => ({ offline: true }), outcomes: ['offline'] },
  {
    name: 'no way to the content network',
    faults: () => ({ cdnOrigin: 'http://127.0.0.1:9' }),
    outcomes: ['offline'],
  },
  {
    name: 'a token is needed',
    faults: () => onResolve({ requireToken: true }),
    outcomes: ['unauthorised'],
  },
  {
    name: 'the repository has gone',
    faults: () => ({ repositories: { [MODEL]: { deleted: true } } }),
    outcomes: ['notFound', 'unauthorised'],
  },
  {
    name: 'a new revision is published midway',
    faults: () => onContent({ slow: 8 * MB }),
    meanwhile: (world, { files }) =>
      world.control(
        'commit',
        files.map(({ path }) => ({ path })),
      ),
    outcomes: ['installed'],
  },
  {
    name: 'answers that stop in the middle',
    faults: (draw) => onContent({ stall: { bytes: draw.between(0, MB), count: 1 } }),
    outcomes: ['installed'],
    isLong: true,
  },
];
