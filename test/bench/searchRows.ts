import { createHash } from 'node:crypto';

import {
  RECORD_FIELDS,
  repositoryRow,
  repositorySchema,
} from '../../src/sync/gateway/repository.ts';
import type { SourceRow } from '../../src/sync/model.ts';
import { expandedRow } from '../hub/fields.ts';
import { grownDraft } from '../hub/grown.ts';
import type { Hosted } from '../hub/store.ts';

const SEED = 1;

/**
 * The row of the generated repository number `index`, by the way that answers of the Hub take.
 * @param edition another one is another commit, a day newer
 */
export function generatedRow(index: number, edition = 0): SourceRow {
  const { id, createdAt, facts, files, branches, counters } = grownDraft(SEED, index);
  const objectId = createHash('sha1').update(id).digest('hex').slice(0, 24);
  const sha = createHash('sha1').update(`${id} ${edition}`).digest('hex');
  const lastModified = new Date(Date.parse(createdAt) + edition * 86_400_000).toISOString();
  const hosted: Hosted = {
    ...{ id, downloads: counters.downloads },
    ...{ gated: index % 20 === 0 ? 'auto' : false, private: false, disabled: false },
    repository: { id, objectId, sha, lastModified, createdAt, facts, counters, files, branches },
  };
  const answer: unknown = JSON.parse(JSON.stringify(expandedRow(hosted, RECORD_FIELDS)));
  return repositoryRow(repositorySchema.parse(answer), answer as Record<string, unknown>);
}
