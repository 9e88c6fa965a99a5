import type { FaultRule, FaultSet } from '../../hub/faults.ts';
import { MODEL } from './downloadWorld.ts';
import type { Draw } from './draw.ts';

/** Something that is wrong with the server while an update is fetched. */
export interface UpdateHarm {
  readonly name: string;
  /** @param size bytes of the new file */
  readonly faults: (draw: Draw, size: number) => FaultSet;
}

/** Who tells what files are made of. */
const STORAGE = ['xet-token', 'xet-v1', 'xet-v2', 'paths-info'];
/** Who sends bytes of files. */
const BYTES = ['cdn', 'xorb'];

const onStorage = (rule: FaultRule): FaultSet => ({ rules: [{ match: STORAGE, ...rule }] });
const onBytes = (rule: FaultRule): FaultSet => ({ rules: [{ match: BYTES, ...rule }] });
const odds = (draw: Draw): { probability: number } => ({ probability: draw.pick([0.2, 0.5, 0.9]) });
const count = (draw: Draw): { count: number } => ({ count: draw.between(1, 3) });

export const UPDATE_HARMS: readonly UpdateHarm[] = [
  { name: 'nothing', faults: () => ({}) },
  { name: 'the storage is away', faults: () => onStorage({ offline: true }) },
  {
    name: 'the storage refuses',
    faults: (draw) => onStorage({ status: draw.pick([401, 403, 404, 500, 503]) }),
  },
  {
    name: 'the storage refuses now and then',
    faults: (draw) => onStorage({ status: { code: draw.pick([401, 500, 503]), ...odds(draw) } }),
  },
  {
    name: 'the storage talks nonsense',
    faults: (draw) => onStorage({ wrongType: draw.pick(['html', 'text', 'empty', 'object']) }),
  },
  {
    name: 'answers of the storage are cut off',
    faults: (draw) => onStorage({ truncate: odds(draw) }),
  },
  { name: 'connections to the storage break', faults: (draw) => onStorage({ reset: odds(draw) }) },
  { name: 'the storage knows the older route only', faults: () => onlyOlder() },
  { name: 'the storage wants fewer questions', faults: () => onStorage({ rateLimit: true }) },
  { name: 'tokens that are expired at birth', faults: () => ({ xetTokenSeconds: -1 }) },
  { name: 'tokens are revoked', faults: () => ({ revokeXetTokens: true }) },
  { name: 'there is no Xet any more', faults: () => ({ xet: false }) },
  {
    name: 'the revision before is gone',
    faults: () => ({ repositories: { [MODEL]: { squashed: true } } }),
  },
  {
    name: 'the repository is gone',
    faults: () => ({ repositories: { [MODEL]: { deleted: true } } }),
  },
  { name: 'no network', faults: () => ({ offline: true }) },
  {
    name: 'a wrong byte on the way',
    faults: (draw, size) => onBytes({ corrupt: draw.between(0, size - 1) }),
  },
  {
    name: '503 for bytes, some times',
    faults: (draw) => onBytes({ status: { code: 503, ...count(draw) } }),
  },
  {
    name: 'addresses are refused, some times',
    faults: (draw) => onBytes({ status: { code: 403, ...count(draw) } }),
  },
  {
    name: 'connections break every few hundred kilobytes',
    faults: (draw) => onBytes({ resetEvery: draw.between(200_000, 2_000_000) }),
  },
  { name: 'bytes are cut off, some times', faults: (draw) => onBytes({ truncate: count(draw) }) },
  { name: 'bytes are cut off', faults: () => onBytes({ truncate: true }) },
  { name: 'bodies too short, some times', faults: (draw) => onBytes({ short: count(draw) }) },
  { name: 'bodies too long', faults: () => onBytes({ longer: true }) },
  { name: 'Range ignored', faults: () => onBytes({ ignoreRange: true }) },
  { name: 'Range ignored now and then', faults: (draw) => onBytes({ ignoreRange: odds(draw) }) },
  { name: 'other ranges than asked for', faults: (draw) => onBytes({ wrongRange: odds(draw) }) },
  { name: 'ranges without bytes', faults: (draw) => onBytes({ zeroRange: count(draw) }) },
  {
    name: 'ETag changes midway',
    faults: (draw) => onBytes({ etagChanges: draw.between(2, 4) }),
  },
  {
    name: 'a page in place of bytes',
    faults: () => onBytes({ wrongType: 'html' }),
  },
];

function onlyOlder(): FaultSet {
  return { rules: [{ match: 'xet-v2', status: 501 }] };
}
