import type { DetailsState } from './detailsLoader.ts';
import type { DetailsSubject } from './detailsSubject.ts';
import { MAIN, revisionOf } from './detailsSubject.ts';
import { downloadRefusal } from './downloadRefusal.ts';
import { factsOf } from './facts.ts';
import { historyLines } from './historyLines.ts';
import { installedLines } from './installedLines.ts';
import { pageLabels } from './labels.ts';
import { modelFolder } from './links.ts';
import type { DetailsView, ReadmeView, SourceLine } from './messages.ts';
import { noticesFor } from './notices.ts';
import { recommendedVariant, runView } from './runView.ts';
import { shownVariants, variantTable } from './variantRows.ts';
import { variantStates } from './variantStates.ts';
import type { Wording } from './wording.ts';

/** Letters of a README that are handed over: more than the page shows, fewer than it refuses. */
const README_LENGTH = 512 * 1024;

/** Builds what the page shows: everything in words, nothing left to be looked up. */
export function buildDetailsView(subject: DetailsSubject, wording: Wording): DetailsView {
  const { id, model, now } = subject;
  const slash = id.indexOf('/');
  const shown = shownVariants(subject);
  const refusal = downloadRefusal(subject, shown.exact, wording);
  const { installed } = subject.local;
  const states = variantStates(subject, shown.variants, refusal, wording);
  const recommended = recommendedVariant(subject, shown.variants);
  const run = runView(subject, shown.variants, recommended, wording);
  return {
    id,
    name: model?.name ?? id.slice(slash + 1),
    author: model?.author ?? id.slice(0, Math.max(0, slash)),
    ...(model?.description !== undefined && { description: model.description }),
    favourite: {
      is: subject.favourite,
      toggle: subject.favourite
        ? wording.t('Remove from Favourites')
        : wording.t('Add to Favourites'),
    },
    notices: noticesFor(subject, wording),
    facts: model === undefined ? [] : factsOf(model, now, wording),
    variants: {
      ...variantTable(subject, shown, recommended, states, wording),
      ...(refusal !== undefined && { refusal }),
    },
    states,
    ...(run !== undefined && { run }),
    installed: installedLines(installed, shown.variants, wording),
    sources: (model?.sources ?? []).map((key) => sourceLine(key, subject, wording)),
    history: historyLines(subject, wording),
    tags: [...(model?.tags ?? [])],
    readme: readmeView(subject, wording),
    labels: pageLabels(wording),
  };
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
  const markdown = details.details?.readme?.slice(0, README_LENGTH);
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
