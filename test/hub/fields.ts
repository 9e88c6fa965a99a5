import type { JsonObject } from './canonical.ts';
import { identityOf } from './content.ts';
import type { Repository } from './repository.ts';
import { authorOf, fractionOf, hasGguf } from './repository.ts';
import { chatTemplate, tagsOf } from './rules.ts';
import type { Commit, Hosted } from './store.ts';

/** Values that `expand` takes for models (Literal of the official Python client). */
export const EXPANDABLE: readonly string[] = [
  'author',
  'baseModels',
  'cardData',
  'childrenModelCount',
  'config',
  'createdAt',
  'disabled',
  'downloads',
  'downloadsAllTime',
  'evalResults',
  'gated',
  'gguf',
  'gitalyUid',
  'inference',
  'inferenceProviderMapping',
  'lastModified',
  'library_name',
  'likes',
  'mask_token',
  'model-index',
  'pipeline_tag',
  'private',
  'resourceGroup',
  'safetensors',
  'sha',
  'siblings',
  'spaces',
  'tags',
  'transformersInfo',
  'trendingScore',
  'usedStorage',
  'widgetData',
];

const LIST_FIELDS: readonly string[] = [
  'likes',
  'trendingScore',
  'private',
  'downloads',
  'tags',
  'pipeline_tag',
  'library_name',
  'createdAt',
];
const FULL_FIELDS: readonly string[] = [
  'author',
  'gated',
  'disabled',
  'sha',
  'lastModified',
  'siblings',
];
const INFO_FIELDS: readonly string[] = [
  'private',
  'pipeline_tag',
  'library_name',
  'tags',
  'downloads',
  'likes',
  'author',
  'sha',
  'lastModified',
  'gated',
  'disabled',
  'model-index',
  'config',
  'cardData',
  'siblings',
  'spaces',
  'createdAt',
  'gguf',
  'safetensors',
  'usedStorage',
];

/** The fields a correct client holds of a model, `_id` and `id` apart; no counter among them. */
export const TRUTH_FIELDS: readonly string[] = [
  'author',
  'createdAt',
  'disabled',
  'gated',
  'gguf',
  'lastModified',
  'library_name',
  'pipeline_tag',
  'private',
  'sha',
  'siblings',
  'tags',
];

const templates = new WeakMap<object, string>();

function templateOf(repository: Repository): string {
  const { facts, id } = repository;
  const known = templates.get(facts);
  if (known !== undefined) return known;
  const template = chatTemplate(
    facts.architecture,
    facts.tools,
    8 + Math.floor(fractionOf(id) * 24),
  );
  templates.set(facts, template);
  return template;
}

function gguf(repository: Repository): JsonObject | undefined {
  if (!hasGguf(repository)) return undefined;
  const { parameters, architecture, context } = repository.facts;
  return {
    total: parameters,
    architecture,
    context_length: context,
    chat_template: templateOf(repository),
  };
}

function cardData({ facts }: Repository): JsonObject {
  return {
    license: facts.license,
    ...(facts.base === undefined ? {} : { base_model: facts.base }),
    library_name: facts.library,
    pipeline_tag: facts.pipeline,
    language: ['en'],
  };
}

function hasImatrix(repository: Repository): boolean {
  return repository.files.some(({ path }) => /imatrix/i.test(path));
}

/** Tags of a repository under the name it goes by. */
export function tagsAt(id: string, repository: Repository): string[] {
  return tagsOf(authorOf(id), repository.facts, hasImatrix(repository));
}

function usedStorage(repository: Repository): number {
  return repository.files.reduce((sum, file) => sum + (file.size ?? 0), 0);
}

type Field = (hosted: Hosted, commit: Commit) => unknown;

const FIELDS: Readonly<Record<string, Field>> = {
  author: ({ id }) => authorOf(id),
  cardData: (_, { repository }) => cardData(repository),
  config: (_, { repository }) => ({ model_type: repository.facts.architecture }),
  createdAt: ({ repository }) => repository.createdAt,
  disabled: ({ disabled }) => disabled,
  downloads: ({ downloads }) => downloads,
  downloadsAllTime: ({ downloads }) => downloads * 7,
  gated: ({ gated }) => gated,
  gguf: (_, { repository }) => gguf(repository),
  lastModified: (_, { repository }) => repository.lastModified,
  library_name: (_, { repository }) => repository.facts.library,
  likes: ({ repository }) => repository.counters.likes,
  'model-index': () => null,
  pipeline_tag: (_, { repository }) => repository.facts.pipeline,
  private: (hosted) => hosted.private,
  safetensors: (_, { repository }) =>
    repository.facts.library === 'mlx'
      ? { parameters: { BF16: repository.facts.parameters }, total: repository.facts.parameters }
      : undefined,
  sha: (_, { sha }) => sha,
  siblings: (_, { files }) => files.map(({ path }) => ({ rfilename: path })),
  spaces: () => [],
  tags: ({ id }, { repository }) => tagsAt(id, repository),
  trendingScore: ({ repository }) => repository.counters.trendingScore,
  usedStorage: (_, { repository }) => usedStorage(repository),
};

function projected(
  names: readonly string[],
  hosted: Hosted,
  commit: Commit,
  first: JsonObject,
): JsonObject {
  const row: JsonObject = first;
  for (const name of names) {
    const value = FIELDS[name]?.(hosted, commit);
    if (value !== undefined) row[name] = value;
  }
  return row;
}

function ids(hosted: Hosted): JsonObject {
  return { _id: hosted.repository.objectId, id: hosted.id };
}

export function headOf(hosted: Hosted): Commit {
  const { repository } = hosted;
  return { sha: repository.sha, repository, files: repository.files };
}

/** Only the fields asked for, and the two ids that are always sent. */
export function expandedRow(
  hosted: Hosted,
  names: readonly string[],
  commit = headOf(hosted),
): JsonObject {
  return projected(names, hosted, commit, ids(hosted));
}

/** A row of the list without `expand`; no sha and no lastModified in it unless `full`. */
export function listRow(
  hosted: Hosted,
  options: { full: boolean; cardData: boolean; config: boolean },
): JsonObject {
  const names = [
    ...LIST_FIELDS,
    ...(options.full ? FULL_FIELDS : []),
    ...(options.cardData ? ['cardData'] : []),
    ...(options.config ? ['config'] : []),
  ];
  return projected(names, hosted, headOf(hosted), { ...ids(hosted), modelId: hosted.id });
}

function siblingsWithBlobs({ repository, files }: Commit): JsonObject[] {
  return files.map((file) => {
    const { size, oid, lfs } = identityOf(repository, file);
    const pointer = lfs && { sha256: lfs.oid, size: lfs.size, pointerSize: lfs.pointerSize };
    return { rfilename: file.path, size, blobId: oid, ...(pointer ? { lfs: pointer } : {}) };
  });
}

/** The whole model info; `blobs` adds sizes and hashes to the siblings. */
export function infoRow(hosted: Hosted, commit: Commit, blobs: boolean): JsonObject {
  const row = projected(INFO_FIELDS, hosted, commit, { ...ids(hosted), modelId: hosted.id });
  return blobs ? { ...row, siblings: siblingsWithBlobs(commit) } : row;
}
