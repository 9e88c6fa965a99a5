import type { Repository } from './repository.ts';

/** A generated repository before it has a commit. */
export type Draft = Pick<
  Repository,
  'id' | 'createdAt' | 'facts' | 'files' | 'branches' | 'counters'
>;
