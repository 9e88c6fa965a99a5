import type { Draft } from './draft.ts';
import { grownDraft } from './grown.ts';
import type { Random } from './random.ts';
import { random } from './random.ts';
import type { RepositoryFile } from './repository.ts';
import { blob, isGguf } from './repository.ts';
import { wellKnownDrafts } from './wellKnown.ts';

/** Nothing well-known disappears: tests and pictures are about these. */
const wellKnownIds = new Set(wellKnownDrafts().map(({ id }) => id));

/** What a typical day does to the catalogue (shares of all models, measured on Jan's catalogue). */
const ADDED: readonly [number, number] = [0.01, 0.03];
const COUNTED = 0.1;
const CHANGED = 0.001;
const REMOVED = 0.0005;

function shuffled<T>(items: readonly T[], draw: Random): T[] {
  return items
    .map((item) => ({ item, key: draw.next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** A real change of files: one file is uploaded anew, a quantisation comes, or one goes. */
function withChangedFiles(draft: Draft, draw: Random, sequence: number): Draft {
  const models = draft.files.filter((file) => file.size !== undefined);
  const file = draw.pick(models);
  const size = file.size ?? 0;
  const kind = isGguf(file.path)
    ? draw.pick(['replaced', 'added', 'removed'] as const)
    : 'replaced';
  if (kind === 'added') {
    const path = file.path.replace(/\.gguf$/i, `-r${sequence}.gguf`);
    return { ...draft, files: [...draft.files, blob(draft.id, path, size + 4096)] };
  }
  if (kind === 'removed' && models.length > 1) {
    return { ...draft, files: draft.files.filter((other) => other !== file) };
  }
  const replaced: RepositoryFile = blob(
    draft.id,
    file.path,
    size + draw.between(1, 4096) * 32,
    sequence,
  );
  return { ...draft, files: draft.files.map((other) => (other === file ? replaced : other)) };
}

function withCounters(draft: Draft, draw: Random): Draft {
  const { downloads, likes } = draft.counters;
  return {
    ...draft,
    counters: {
      downloads: Math.max(
        0,
        downloads + draw.between(-2, 1 + Math.ceil(downloads / 20)) || downloads + 1,
      ),
      likes: likes + draw.between(0, 2),
      trendingScore: draw.between(0, 60),
    },
  };
}

/** The drafts of the next day, and how many were ever born (numbers are not used twice). */
export function evolve(
  drafts: readonly Draft[],
  step: { seed: number; sequence: number; born: number },
): { drafts: Draft[]; born: number } {
  const { seed, sequence } = step;
  const draw = random(seed, 'day', sequence);
  const total = drafts.length;

  const order = shuffled([...drafts.keys()], draw);
  const take = (share: number, least: number) =>
    new Set(order.splice(0, Math.max(least, Math.round(total * share))));
  const changed = take(CHANGED, 1);
  const counted = take(COUNTED, 1);
  const removable = order.filter((index) => !wellKnownIds.has(drafts[index]?.id ?? ''));
  const removed = new Set(removable.slice(0, Math.max(1, Math.round(total * REMOVED))));

  const next: Draft[] = [];
  for (const [index, draft] of drafts.entries()) {
    if (removed.has(index)) continue;
    if (changed.has(index)) next.push(withChangedFiles(draft, draw, sequence));
    else if (counted.has(index)) next.push(withCounters(draft, draw));
    else next.push(draft);
  }

  const [least, most] = ADDED;
  const births = Math.max(1, Math.round(total * (least + draw.next() * (most - least))));
  for (let index = 0; index < births; index += 1) next.push(grownDraft(seed, step.born + index));
  return { drafts: next, born: step.born + births };
}
