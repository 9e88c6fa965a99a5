import type { JsonObject } from './canonical.ts';
import { sha1 } from './canonical.ts';
import type { CatalogueFile, CatalogueName } from './publication.ts';
import type { Repository, RepositoryFile } from './repository.ts';
import { authorOf, isGguf, isProjector, nameOf } from './repository.ts';
import { sizeText } from './sizeText.ts';

const SPLIT = /-\d{5}-of-\d{5}\.gguf$/i;

function entryOf(id: string, file: RepositoryFile): JsonObject {
  return {
    model_id: file.path.replace(/\.[^.]+$/, ''),
    path: `https://huggingface.co/${id}/resolve/main/${file.path}`,
    file_size: sizeText(file.size ?? 0),
  };
}

/** The catalogue's own oddity: a projector is told by the start of its name only. */
function startsLikeProjector(file: RepositoryFile): boolean {
  return file.path.toLowerCase().startsWith('mmproj');
}

function recordOf(repository: Repository, catalogue: CatalogueName): JsonObject {
  const { id, facts, files } = repository;
  const entries = (wanted: (file: RepositoryFile) => boolean) =>
    files.filter(wanted).map((file) => entryOf(id, file));
  const isMlx = facts.library === 'mlx';
  const quants = entries(
    (file) => isGguf(file.path) && !SPLIT.test(file.path) && !startsLikeProjector(file),
  );
  const projectors = entries((file) => isGguf(file.path) && startsLikeProjector(file));
  const safetensors = entries((file) => file.path.endsWith('.safetensors'));
  return {
    model_name: nameOf(id),
    developer: authorOf(id),
    downloads: repository.counters.downloads,
    createdAt: repository.createdAt,
    ...(catalogue === 'v2' ? { library_name: facts.library } : {}),
    tools: isMlx ? false : facts.tools,
    ...(isMlx
      ? {
          num_safetensors: safetensors.length,
          safetensors_files: safetensors,
          config: `https://huggingface.co/${id}/resolve/main/config.json`,
        }
      : {
          num_quants: quants.length,
          quants,
          num_mmproj: projectors.length,
          mmproj_models: projectors,
        }),
    readme: `https://huggingface.co/${id}/resolve/main/README.md`,
    description:
      Number.parseInt(sha1(id).slice(0, 2), 16) < 64
        ? ''
        : `${nameOf(id)} (${facts.architecture}).`,
  };
}

const PRIORITY = ['Menlo', 'janhq', 'cortexso', 'mlx-community'];

function rank(repository: Repository): number {
  const at = PRIORITY.indexOf(authorOf(repository.id));
  return at < 0 ? PRIORITY.length : at;
}

/** Pinned authors first, then by downloads, then by name, as the catalogue's own script sorts. */
function inCatalogueOrder(a: Repository, b: Repository): number {
  return (
    Number(rank(a) === PRIORITY.length) - Number(rank(b) === PRIORITY.length) ||
    b.counters.downloads - a.counters.downloads ||
    (a.id < b.id ? -1 : 1)
  );
}

function fileOf(records: JsonObject[]): CatalogueFile {
  return { records, bytes: Buffer.from(JSON.stringify(records, null, 2)) };
}

/** One file of Jan's catalogue, made from repositories: v1 knows GGUF models only. */
export function janCatalogue(
  repositories: readonly Repository[],
  catalogue: CatalogueName,
): CatalogueFile {
  const isModel = ({ path }: RepositoryFile) => isGguf(path) && !isProjector(path);
  const listed =
    catalogue === 'v1' ? repositories.filter(({ files }) => files.some(isModel)) : repositories;
  return fileOf(
    listed.toSorted(inCatalogueOrder).map((repository) => recordOf(repository, catalogue)),
  );
}
