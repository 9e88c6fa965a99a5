import type { SourceKey } from '../../../src/sync/model.ts';
import type { BadRecord, FaultRule, FaultSet } from '../../hub/faults.ts';
import type { RepositoryFault } from '../../hub/store.ts';
import type { Draw } from './draw.ts';
import type { ContentBySource } from './truth.ts';

const ROUTES = [
  'models',
  'model',
  'jan-v1',
  'jan-v2',
  'cortex-sources',
  'cortex-hub',
  'cortex-models',
];
const CODES = [400, 401, 403, 404, 409, 500, 502, 503, 504];
const WRONG_TYPES = ['html', 'text', 'empty', 'object'] as const;
const BAD_FIELDS: Readonly<Record<string, readonly string[]>> = {
  hf: ['id', 'sha', 'lastModified', 'gated', 'tags', 'siblings', 'gguf', 'downloads'],
  jan: ['developer', 'model_name', 'quants', 'downloads', 'tools', 'description'],
  cortex: ['metadata', 'models', 'id'],
};
const BAD_VALUES = [null, 7, -1, '', 'x', [], {}, [null], true];

/**
 * What is wrong for one sync: any mix of what the hub knows.
 * @param truth what is published, for records and repositories to name
 */
export function drawFaults(draw: Draw, truth: ContentBySource): FaultSet {
  const rules = Array.from({ length: draw.between(0, 3) }, () => drawRule(draw, [...truth.keys()]));
  return {
    rules,
    ...(draw.chance(0.15) && { bad: drawBad(draw, truth) }),
    ...(draw.chance(0.25) && { repositories: drawRepositories(draw, truth) }),
    ...(draw.chance(0.05) && { quota: { api: draw.between(0, 12), windowSeconds: 60 } }),
  };
}

function drawRule(draw: Draw, sources: readonly SourceKey[]): FaultRule {
  const match = draw.pick([draw.pick(sources), draw.pick(sources), draw.pick(ROUTES)]);
  const odds = (): { probability?: number; count?: number } =>
    draw.pick([{}, { probability: 0.3 }, { probability: 0.7 }, { count: 1 }, { count: 2 }]);
  const what: FaultRule = draw.pick<() => FaultRule>([
    () => ({ offline: true }),
    () => ({ latencyMs: [0, 15] }),
    () => ({ reset: odds() }),
    () => ({ truncate: { ...odds(), ...(draw.chance(0.5) && { bytes: draw.between(0, 400) }) } }),
    () => ({ wrongType: draw.pick(WRONG_TYPES) }),
    () => ({ status: { ...odds(), code: draw.pick(CODES) } }),
    () => ({ rateLimit: { ...odds(), headers: draw.chance(0.5) } }),
    () => ({ rateLimit: { ...odds(), retryAfterSeconds: draw.between(0, 90) } }),
    () => ({ etags: draw.pick([false, 'none'] as const) }),
    () => ({ etags: draw.pick([false, 'none'] as const) }),
    () => ({ requireToken: true }),
    () => ({ rejectToken: true }),
  ])();
  return { ...(draw.chance(0.75) && { match }), ...what };
}

function drawBad(draw: Draw, truth: ContentBySource): BadRecord[] {
  return Array.from({ length: draw.between(1, 3) }, () => {
    const source = draw.pick([...truth.keys()]);
    const ids = [...(truth.get(source)?.keys() ?? [])];
    const fields = BAD_FIELDS[source.split(':')[0] ?? ''] ?? [];
    return {
      source,
      ...(draw.chance(0.7) && { id: draw.pick(ids) }),
      ...(draw.chance(0.8) && { field: draw.pick(fields) }),
      ...(draw.chance(0.6) && { value: draw.pick(BAD_VALUES) }),
    };
  });
}

function drawRepositories(draw: Draw, truth: ContentBySource): Record<string, RepositoryFault> {
  const authors = [...truth].filter(([source]) => source.startsWith('hf:'));
  const entries = Array.from({ length: draw.between(1, 4) }, (_, index) => {
    const id = draw.pick([...draw.pick(authors)[1].keys()]);
    const fault = draw.pick<RepositoryFault>([
      { private: true },
      { gated: 'auto' },
      { gated: 'manual' },
      { disabled: true },
      { deleted: true },
      { renamedTo: `${id}-renamed-${index}` },
    ]);
    return [id, fault] as const;
  });
  return Object.fromEntries(entries);
}
