import type { Fit } from '../device/fit.ts';
import type { Recommendation } from '../device/recommend.ts';
import type { Wording } from './details/wording.ts';

/** How a variant gets on with this machine, in a word or two, and what that means. */
export function fitText(
  fit: Fit,
  { t }: Pick<Wording, 't'>,
): { readonly text: string; readonly title: string } {
  switch (fit) {
    case 'gpu':
      return {
        text: t('Full speed'),
        title: t('All of it fits the memory of the graphics: it runs at full speed.'),
      };
    case 'memory':
      return {
        text: t('Fits'),
        title: t('It fits the main memory: it runs, more slowly than on graphics alone.'),
      };
    case 'tight':
      return {
        text: t('Tight'),
        title: t('It takes nearly all of the main memory: it runs only if little else does.'),
      };
    case 'tooBig':
      return { text: t('Too big'), title: t('It needs more memory than this machine has.') };
    case 'unknown':
      return {
        text: t('not known'),
        title: t('Its size, or the memory of this machine, is not known.'),
      };
  }
}

/** Why a variant is the one to take here. */
export function whyRecommended(
  { reason, tokens }: Pick<Recommendation, 'reason' | 'tokens'>,
  { t, number }: Pick<Wording, 't' | 'number'>,
): string {
  switch (reason) {
    case 'bestOnGpu':
      return t(
        'The best quality that the graphics hold at full speed, with a context of {0} tokens.',
        number(tokens),
      );
    case 'balanced':
      return t(
        'It runs on the processor with a context of {0} tokens; a larger one would be slower, and hardly better.',
        number(tokens),
      );
    case 'smallest':
      return t('Nothing fits this machine well: this is the closest.');
  }
}
