import type { DetailsState } from './detailsLoader.ts';
import type { DetailsSubject } from './detailsSubject.ts';
import { MAIN, revisionOf } from './detailsSubject.ts';
import { factsOf } from './facts.ts';
import { pageLabels } from './labels.ts';
import { modelFolder } from './links.ts';
import type { DetailsView, ReadmeView, SourceLine } from './messages.ts';
import { noticesFor } from './notices.ts';
import { variantsOf } from './variantRows.ts';
import type { Wording } from './wording.ts';

/** Builds what the page shows: everything in words, nothing left to be looked up. */
export function buildDetailsView(subject: DetailsSubject, wording: Wording): DetailsView {
  const { id, model, now } = subject;
  const slash = id.indexOf('/');
  return {
    id,
    name: model?.name ?? id.slice(slash + 1),
    author: model?.author ?? id.slice(0, Math.max(0, slash)),
    ...(model?.description !== undefined && { description: model.description }),
    notices: noticesFor(subject, wording),
    facts: model === undefined ? [] : factsOf(model, now, wording),
    variants: variantsOf(model, currentFiles(subject), subject.details.phase, wording),
    sources: (model?.sources ?? []).map((key) => sourceLine(key, subject, wording)),
    tags: [...(model?.tags ?? [])],
    readme: readmeView(subject, wording),
    labels: pageLabels(wording),
  };
}

/** The file tree, unless it is that of an older revision: its sizes would be exactly wrong. */
function currentFiles({ model, details }: DetailsSubject): DetailsState['details'] {
  return model !== undefined && details.revision === revisionOf(model)
    ? details.details
    : undefined;
}

function sourceLine(key: string, { sources, now }: DetailsSubject, wording: Wording): SourceLine {
  const status = sources.find((source) => source.key === key);
  const { t } = wording;
  const at = status?.lastSuccess;
  const failure = status?.failure;
  return {
    name: wording.sourceName(key),
    kind: wording.sourceKind(key),
    asked:
      at === undefined
        ? { text: t('has not answered yet: known from the bundled catalogue') }
        : { text: t('last answered {0}', wording.age(at, now)), title: wording.moment(at) },
    ...(failure !== undefined && {
      failure: t('Asked {0} without success. {1}', wording.age(failure.at, now), failure.message),
    }),
  };
}

function readmeView(subject: DetailsSubject, wording: Wording): ReadmeView {
  const { id, model, details, endpoint, images } = subject;
  const revision = details.revision ?? (model === undefined ? MAIN : revisionOf(model));
  const markdown = details.details?.readme;
  const isThere = markdown !== undefined && markdown.trim() !== '';
  return {
    ...(isThere ? { markdown } : { message: readmeMessage(details, wording) }),
    loading: details.phase === 'loading' && details.details === undefined,
    linkBase: modelFolder(endpoint, id, 'blob', revision),
    imageBase: modelFolder(endpoint, id, 'resolve', revision),
    images,
  };
}

function readmeMessage({ phase, details }: DetailsState, { t }: Wording): string {
  if (details !== undefined)
    return t('This model has no README, or not one that everyone may read.');
  return phase === 'loading' ? t('Fetching the README…') : t('The README is not available.');
}
