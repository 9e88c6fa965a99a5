import * as vscode from 'vscode';
import type { Clock } from '../../sync/clock.ts';
import type { QueryProblem } from '../../sync/query/modelQuery.ts';
import { parseQuery } from '../../sync/query/parseQuery.ts';
import { isPageInSight } from '../pageInSight.ts';
import { SteadyInput } from '../steadyInput.ts';

/**
 * Asks for a filter.
 * @param text the one that there is
 * @returns empty: everything is to be shown; undefined: nothing is to change
 */
export function askForFilter(text: string, clock: Pick<Clock, 'now'>): Promise<string | undefined> {
  const { t } = vscode.l10n;
  const box = vscode.window.createInputBox();
  box.title = t('Filter Catalogue');
  box.prompt = t(
    'Words, and among them what the search takes, such as @fits license:mit size:<8gb. Empty shows everything.',
  );
  box.placeholder = 'qwen @fits license:apache-2.0 size:<8gb';
  box.value = text;
  return new Promise((resolve) => {
    const judge = (value: string): void => {
      const [problem] = parseQuery(value).problems;
      box.validationMessage = problem && {
        message: problemText(problem),
        severity: vscode.InputBoxValidationSeverity.Warning,
      };
    };
    const steady = new SteadyInput(box, clock, isPageInSight, () => {
      resolve(undefined);
      steady.dispose();
      box.dispose();
    });
    box.onDidChangeValue(judge);
    box.onDidAccept(() => {
      resolve(box.value);
      steady.close();
    });
  });
}

function problemText({ kind, word, hint }: QueryProblem): string {
  const { t } = vscode.l10n;
  if (hint === undefined) return t('"{0}" is not understood.', word);
  return kind === 'badValue'
    ? t('"{0}" is not understood. For example: {1}', word, hint)
    : t('"{0}" is not understood. Did you mean {1}?', word, hint);
}
