import { readFileSync } from 'node:fs';
import type { Draft } from './draft.ts';
import type { Branch, RepositoryFile } from './repository.ts';
import { authorOf, blob, fractionOf, isProjector, text } from './repository.ts';
import { bytesOf, sizeText } from './sizeText.ts';

interface WellKnown {
  readonly id: string;
  readonly license: string;
  readonly base: string;
  readonly architecture: string;
  readonly parameters: number;
  readonly context: number;
  readonly tools?: boolean;
  readonly library?: string;
  readonly created: string;
  readonly downloads: number;
  /** cortexso only: what its branches are called after ("1b" makes "1b-gguf" and the like). */
  readonly variant?: string;
  /** Size strings by path. */
  readonly files: Readonly<Record<string, string>>;
}

/** Exact bytes that a size string could have been made from: rounding lost them, so they are made up. */
function exactBytes(id: string, path: string, size: string): number {
  const shown = bytesOf(size);
  const shifted = Math.round(shown * (1 + (fractionOf(`${id}/${path}`) - 0.5) * 0.01));
  return sizeText(shifted) === size ? shifted : shown;
}

/** cortexso keeps every variant in a branch of its own, with the file under one fixed name. */
function branchesOf({ id, variant, files }: WellKnown): Branch[] {
  if (variant === undefined) return [];
  return Object.entries(files).map(([path, size]) => {
    const quant = /-(i?q\d\w*)\.gguf$/i.exec(path)?.[1]?.toLowerCase().replaceAll('_', '-') ?? '';
    const name = quant === 'q4-k-m' ? `${variant}-gguf` : `${variant}-gguf-${quant}`;
    const model = blob(id, 'model.gguf', exactBytes(id, path, size));
    const texts = ['.gitattributes', 'README.md', 'metadata.yml', 'model.yml'].map(text);
    return { name, files: [...texts, model] };
  });
}

function filesOf({ id, variant, library, files }: WellKnown): RepositoryFile[] {
  const texts = ['.gitattributes', 'README.md'];
  if (variant !== undefined) texts.push('metadata.yml');
  if (library === 'mlx') texts.push('config.json');
  return [
    ...texts.map(text),
    ...Object.entries(files).map(([path, size]) => blob(id, path, exactBytes(id, path, size))),
  ];
}

function draftOf(model: WellKnown): Draft {
  const files = filesOf(model);
  const { id, downloads } = model;
  return {
    id,
    createdAt: model.created,
    files,
    branches: branchesOf(model),
    facts: {
      license: model.license,
      architecture: model.architecture,
      parameters: model.parameters,
      context: model.context,
      tools: model.tools === true,
      library: model.library ?? 'gguf',
      pipeline: files.some((file) => isProjector(file.path))
        ? 'image-text-to-text'
        : 'text-generation',
      base: model.base,
    },
    counters: {
      downloads,
      likes: Math.floor(downloads / (100 + Math.floor(fractionOf(id) * 400))),
      trendingScore: Math.round(Math.sqrt(downloads) * fractionOf(`trend ${id}`)),
    },
  };
}

/**
 * The hand-written models, the authors taking turns: a small catalogue still has one model of each
 * author before it has a second of any.
 */
export function wellKnownDrafts(): Draft[] {
  const file = new URL('./wellKnown.json', import.meta.url);
  const models = JSON.parse(readFileSync(file, 'utf8')) as WellKnown[];
  const turn = new Map<string, number>();
  const turns = models.map((model, index) => {
    const author = authorOf(model.id);
    const rank = turn.get(author) ?? 0;
    turn.set(author, rank + 1);
    return { model, rank, index };
  });
  turns.sort((a, b) => a.rank - b.rank || a.index - b.index);
  return turns.map(({ model }) => draftOf(model));
}
