import type { DetailsSubject } from './detailsSubject.ts';
import type { Notice } from './messages.ts';
import type { Wording } from './wording.ts';

/** What the reader should know before anything else, with what to do about it. */
export function noticesFor(subject: DetailsSubject, wording: Wording): Notice[] {
  return [
    ...troubleNotices(subject, wording),
    ...accessNotices(subject, wording),
    ...detailsNotices(subject, wording),
  ];
}

function troubleNotices({ model, trouble }: DetailsSubject, { t }: Wording): Notice[] {
  if (trouble !== undefined) {
    const text = t('The catalogue could not be read: {0}', trouble);
    return [{ tone: 'warning', text, actions: ['retry'] }];
  }
  if (model === undefined) {
    const text = t('This model is not in the catalogue. It may come back with the next refresh.');
    return [{ tone: 'warning', text, actions: ['openOnHub'] }];
  }
  if (!model.published) {
    return [
      {
        tone: 'warning',
        text: t('No source publishes this model any more. This is what was last known of it.'),
      },
    ];
  }
  return [];
}

function accessNotices({ model, local, details }: DetailsSubject, wording: Wording): Notice[] {
  const { t } = wording;
  const { hasToken } = local;
  if (model?.disabled === true) {
    const text = t(
      'This model is disabled on Hugging Face: its files cannot be downloaded for now.',
    );
    return [{ tone: 'warning', text, actions: ['openOnHub'] }];
  }
  const notices: Notice[] = [];
  if (model?.private === true) {
    notices.push({
      tone: 'info',
      text: hasToken
        ? t(
            'This model is private: your token is sent along, and must be of somebody who was let in.',
          )
        : t('This model is private: only a token of somebody who was let in can reach its files.'),
      ...(!hasToken && { actions: ['setToken'] as const }),
    });
  }
  const gate = model?.gated;
  if (gate === 'auto' || gate === 'manual') {
    notices.push({
      tone: 'info',
      text: hasToken
        ? gatedWithToken(gate, details.details?.readmeRefused === true, wording)
        : gatedWithoutToken(gate, wording),
      actions: hasToken ? ['openOnHub'] : ['openOnHub', 'setToken'],
    });
  }
  return notices;
}

function gatedWithoutToken(gate: 'auto' | 'manual', { t }: Wording): string {
  return gate === 'auto'
    ? t(
        'This model is gated. Accept its terms on Hugging Face, then set your token with "Model Hub: Set Hugging Face Token…".',
      )
    : t(
        'This model is gated, and its author decides who gets it. Ask for access on Hugging Face; once granted, set your token with "Model Hub: Set Hugging Face Token…".',
      );
}

function gatedWithToken(gate: 'auto' | 'manual', refused: boolean, { t }: Wording): string {
  if (!refused) {
    return t('This model is gated. Your token is sent along; its account must have been let in.');
  }
  return gate === 'auto'
    ? t(
        'This model is gated, and your token was not let in. Accept its terms on Hugging Face with the account of the token.',
      )
    : t(
        'This model is gated, and your token was not let in. Ask its author for access on Hugging Face with the account of the token.',
      );
}

function detailsNotices({ details, now }: DetailsSubject, wording: Wording): Notice[] {
  const { t } = wording;
  if (details.failure === undefined) return [];
  const text =
    details.details === undefined
      ? t('The list of files and the README could not be fetched. {0}', details.failure)
      : t(
          'Shown as fetched {0}, because nothing newer could be had. {1}',
          wording.age(details.details.fetchedAt, now),
          details.failure,
        );
  return [{ tone: 'info', text, actions: ['retry'] }];
}
