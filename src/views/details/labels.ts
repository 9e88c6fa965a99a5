import type { PageLabels } from './messages.ts';
import type { Wording } from './wording.ts';

/** The fixed words of the page. */
export function pageLabels({ t }: Wording): PageLabels {
  return {
    copyId: t('Copy Model Id'),
    openOnHub: t('Open on Hugging Face'),
    setToken: t('Set Token'),
    history: t('History'),
    older: t('Older changes'),
    retry: t('Retry'),
    facts: t('Properties'),
    notices: t('Notes'),
    variants: t('Variants'),
    variant: t('Variant'),
    size: t('Size'),
    fit: t('Fit'),
    recommended: t('Recommended'),
    files: t('Files'),
    sha256: t('SHA-256'),
    allVariants: t('Show All {0} Variants', '{0}'),
    eachFile: t('one per file'),
    state: t('State'),
    installed: t('On this machine'),
    projector: t('Vision projector'),
    noValue: t('not known'),
    sources: t('Sources'),
    tags: t('Tags'),
    readme: t('README'),
    readmeCut: t('Too long to be shown as a whole: the rest of it is on Hugging Face.'),
    showImages: t('Show Remote Images'),
    imagesOff: t(
      'Images from other servers are not shown: fetching them tells those servers that you are here.',
    ),
    image: t('Image'),
  };
}
