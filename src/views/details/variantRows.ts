import type { Model, ModelDetails, ModelFile, Size, Variant } from '../../sync/model.ts';
import { groupVariants } from '../../sync/variants.ts';
import type { DetailsState } from './detailsLoader.ts';
import type { DetailsView, Explained, FileRow, VariantRow } from './messages.ts';
import type { Wording } from './wording.ts';

/** The table of variants: from the file tree if it is there, else as the catalogue knows them. */
export function variantsOf(
  model: Model | undefined,
  details: ModelDetails | undefined,
  phase: DetailsState['phase'],
  wording: Wording,
): DetailsView['variants'] {
  const { t } = wording;
  const exact = groupVariants(details?.files ?? []);
  const variants = exact.length > 0 ? exact : (model?.variants ?? []);
  return {
    caption:
      exact.length > 0 ? treeCaption(model, wording) : catalogueCaption(variants, phase, wording),
    rows: variants.map((variant) => variantRow(variant, wording)),
    empty:
      phase === 'loading'
        ? t('Fetching the list of files…')
        : t('No model files are known of this model.'),
  };
}

function treeCaption(model: Model | undefined, { t }: Wording): string {
  return model?.sha === undefined
    ? t('Files as published, with their exact sizes.')
    : t('Files as published at commit {0}, with their exact sizes.', model.sha.slice(0, 7));
}

function catalogueCaption(
  variants: readonly Variant[],
  phase: DetailsState['phase'],
  { t }: Wording,
): string {
  const unsure = variants.some(({ size }) => size.sureness !== 'exact');
  const marks = unsure ? ` ${t('Sizes with ≈ are estimates.')}` : '';
  return phase === 'loading'
    ? `${t('Files as the catalogue knows them; exact sizes are on their way.')}${marks}`
    : `${t('Files as the catalogue knows them.')}${marks}`;
}

function variantRow(variant: Variant, wording: Wording): VariantRow {
  const { quantisation, files, mmproj } = variant;
  const name = variant.name.slice(variant.name.lastIndexOf('/') + 1);
  return {
    label: quantisation ?? name,
    name,
    size: sizeOf(variant.size, wording),
    fileCount: files.length === 1 ? wording.t('1 file') : wording.t('{0} files', files.length),
    files: files.map((file) => fileRow(file, wording)),
    ...(mmproj !== undefined && { projector: fileRow(mmproj, wording) }),
  };
}

function fileRow({ path, size, sha256 }: ModelFile, wording: Wording): FileRow {
  const row = { path, size: sizeOf(size, wording) };
  if (sha256 === undefined || !/^[0-9a-f]{64}$/i.test(sha256)) return row;
  const copy = wording.t('Copy the SHA-256 of {0}', path);
  return { ...row, sha256: { value: sha256.toLowerCase(), copy } };
}

function sizeOf(size: Size, wording: Wording): Explained {
  const { t } = wording;
  const text = wording.size(size);
  switch (size.sureness) {
    case 'unknown':
      return { text, title: t('No source says how big it is.') };
    case 'estimated':
      return { text, title: t('An estimate: the exact size comes from the list of files.') };
    case 'exact':
      return { text, title: t('Exactly {0} bytes', wording.number(size.bytes)) };
  }
}
