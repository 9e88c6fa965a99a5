import type { Model } from '../../sync/model.ts';
import type { Fact } from './messages.ts';
import type { Wording } from './wording.ts';

/** The properties of a model in the order in which people ask for them. Unknown ones are left out. */
export function factsOf(model: Model, now: number, wording: Wording): Fact[] {
  const { t, count, number } = wording;
  const { parameters, contextLength, takesTools, downloads, likes, lastModified } = model;
  const facts = [
    fact(t('Status'), model.published ? t('Published') : t('No longer published')),
    fact(t('Access'), access(model, wording)),
    fact(t('License'), model.license),
    fact(t('Task'), model.task),
    known(parameters, (n) => fact(t('Parameters'), count(n), number(n))),
    known(contextLength, (n) => fact(t('Context'), t('{0} tokens', number(n)))),
    known(takesTools, (takes) => fact(t('Tools'), takes ? t('Yes') : t('No'))),
    fact(t('Architecture'), model.architecture),
    fact(t('Library'), model.library),
    known(downloads, (n) => fact(t('Downloads'), count(n), number(n))),
    known(likes, (n) => fact(t('Likes'), count(n), number(n))),
    known(lastModified, (at) => fact(t('Updated'), wording.date(at), wording.age(at, now))),
  ];
  return facts.filter((each) => each !== undefined);
}

function known<T>(value: T | undefined, say: (value: T) => Fact | undefined): Fact | undefined {
  return value === undefined ? undefined : say(value);
}

function fact(name: string, text: string | undefined, title?: string): Fact | undefined {
  if (text === undefined || text === '') return undefined;
  return { name, text, ...(title !== undefined && title !== text && { title }) };
}

function access(
  { gated, private: isPrivate, disabled }: Model,
  { t }: Wording,
): string | undefined {
  if (disabled === true) return t('Disabled');
  if (isPrivate === true) return t('Private');
  if (gated === undefined) return undefined;
  return gated === false ? t('Open') : t('Gated');
}
