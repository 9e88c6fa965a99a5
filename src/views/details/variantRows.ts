import { budgetOf } from '../../device/hardware.ts';
import type { Recommendation } from '../../device/recommend.ts';
import { fitOfVariant } from '../../device/recommend.ts';
import type { Model, ModelFile, Size, Variant } from '../../sync/model.ts';
import { groupVariants } from '../../sync/variants.ts';
import { variantName } from '../downloads/downloadText.ts';
import { fitText, whyRecommended } from '../fitText.ts';
import type { DetailsState } from './detailsLoader.ts';
import type { DetailsSubject } from './detailsSubject.ts';
import { revisionOf, shortCommit } from './detailsSubject.ts';
import type { DetailsView, Explained, FileRow, VariantRow, VariantState } from './messages.ts';
import type { Wording } from './wording.ts';

/** More rows than these are not shown at once: of many only some around the recommended one. */
const MOST_ROWS = 12;
const ROWS_BEFORE = 5;

/** The variants that are shown. */
export interface ShownVariants {
  readonly variants: readonly Variant[];
  /** They come from the file tree, not from the catalogue. */
  readonly exact: boolean;
}

/**
 * From the file tree if it is there, else as the catalogue knows them. The tree of an older revision
 * does not count: its sizes would be exactly wrong.
 */
export function shownVariants({
  model,
  details: { details, revision },
}: Pick<DetailsSubject, 'model' | 'details'>): ShownVariants {
  const isCurrent = model !== undefined && revision === revisionOf(model);
  const exact = isCurrent ? groupVariants(details?.files ?? []) : [];
  return exact.length > 0
    ? { variants: exact, exact: true }
    : { variants: model?.variants ?? [], exact: false };
}

/** What people call a variant: its quantisation where it is known, else its name. */
export function variantLabel(variant: Variant): string {
  return variantName({ ...variant, variant: variant.name });
}

/** The table of variants. */
export function variantTable(
  { model, details, hardware }: Pick<DetailsSubject, 'model' | 'details' | 'hardware'>,
  { variants, exact }: ShownVariants,
  recommended: Recommendation | undefined,
  states: readonly VariantState[],
  wording: Wording,
): DetailsView['variants'] {
  const { t } = wording;
  const { phase } = details;
  const budget = hardware && budgetOf(hardware);
  const isInShort = shortList(variants, recommended, states);
  return {
    caption: exact ? treeCaption(model, wording) : catalogueCaption(variants, phase, wording),
    rows: variants.map((variant, at) => {
      const fit = fitOfVariant(variant, model ?? {}, budget);
      const why =
        variant === recommended?.variant ? whyRecommended(recommended, wording) : undefined;
      return {
        ...variantRow(variant, wording),
        fit: { level: fit, ...fitText(fit, wording) },
        inShort: isInShort(at),
        ...(why !== undefined && { recommended: why }),
      };
    }),
    empty:
      phase === 'loading'
        ? t('Fetching the list of files…')
        : t('No model files are known of this model.'),
  };
}

/** Which of many rows are shown at once: those near the one to take, and all that is on this machine. */
function shortList(
  variants: readonly Variant[],
  recommended: Recommendation | undefined,
  states: readonly VariantState[],
): (at: number) => boolean {
  if (variants.length <= MOST_ROWS) return () => true;
  const middle = variants.findIndex((variant) => variant === recommended?.variant);
  const first = Math.min(Math.max(0, middle - ROWS_BEFORE), variants.length - MOST_ROWS);
  const isHere = (at: number): boolean => {
    const { phase, failures = [] } = states[at] ?? {};
    return phase !== undefined || failures.length > 0;
  };
  return (at) => (at >= first && at < first + MOST_ROWS) || isHere(at);
}

function treeCaption(model: Model | undefined, { t }: Wording): string {
  return model?.sha === undefined
    ? t('Files as published, with their exact sizes.')
    : t('Files as published at commit {0}, with their exact sizes.', shortCommit(model.sha));
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

function variantRow(
  variant: Variant,
  wording: Wording,
): Omit<VariantRow, 'fit' | 'recommended' | 'inShort'> {
  const { files, mmproj } = variant;
  return {
    key: variant.name,
    label: variantLabel(variant),
    name: baseName(variant.name),
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

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
