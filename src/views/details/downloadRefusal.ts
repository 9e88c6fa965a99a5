import type { Model, Variant } from '../../sync/model.ts';
import { isGuarded } from '../access.ts';
import type { DetailsState } from './detailsLoader.ts';
import type { DetailsSubject, LocalSubject } from './detailsSubject.ts';
import { shownVariants } from './variantRows.ts';
import type { Wording } from './wording.ts';

/** What decides whether a model can be downloaded. */
interface RefusalSubject extends Pick<DetailsSubject, 'model'> {
  readonly details: Pick<DetailsState, 'phase'>;
  readonly local: Pick<LocalSubject, 'hasToken'>;
}

/**
 * Why no variant of the model can be downloaded now, and what to do about it.
 * @param exact whether the file tree of the shown revision is there
 */
export function downloadRefusal(
  { model, details, local }: RefusalSubject,
  exact: boolean,
  wording: Wording,
): string | undefined {
  const { t } = wording;
  if (model?.published !== true) {
    return t('Nothing of this model can be downloaded: no source publishes it any more.');
  }
  if (model.disabled === true) {
    return t('Nothing of this model can be downloaded for now: it is disabled on Hugging Face.');
  }
  if (!local.hasToken && isGuarded(model)) return tokenNeeded(model, wording);
  if (!exact) {
    return details.phase === 'loading'
      ? t('Downloads wait for the list of files: sizes and digests are not known yet.')
      : t(
          'Nothing can be downloaded for now: sizes and digests are not known yet, because the list of files could not be fetched.',
        );
  }
  return undefined;
}

/** Why this one cannot be downloaded, although others may be. */
export function variantRefusal({ size }: Variant, { t }: Wording): string | undefined {
  return size.sureness === 'exact'
    ? undefined
    : t('It cannot be downloaded: parts of it are missing, or their sizes are not published.');
}

/**
 * The commit at which a variant can be downloaded as it is shown, where the catalogue knows one; if
 * it cannot be downloaded, why not.
 */
export function downloadable(
  subject: Pick<DetailsSubject, 'model' | 'details' | 'local'>,
  variant: string,
  wording: Wording,
): { readonly revision?: string } | { readonly refusal: string } {
  const { variants, exact } = shownVariants(subject);
  const found = variants.find(({ name }) => name === variant);
  if (found === undefined) return { refusal: wording.t('This variant is no longer published.') };
  const refusal = downloadRefusal(subject, exact, wording) ?? variantRefusal(found, wording);
  if (refusal !== undefined) return { refusal };
  const revision = subject.model?.sha;
  return revision === undefined ? {} : { revision };
}

function tokenNeeded({ gated = false }: Model, { t }: Wording): string {
  switch (gated) {
    case 'auto':
      return t(
        'To download this model, accept its terms on Hugging Face, then set your token with "Model Hub: Set Hugging Face Token…".',
      );
    case 'manual':
      return t(
        'To download this model, ask its author for access on Hugging Face, then set your token with "Model Hub: Set Hugging Face Token…".',
      );
    case false:
      return t(
        'To download this model, set the token of somebody who was let in with "Model Hub: Set Hugging Face Token…".',
      );
  }
}
