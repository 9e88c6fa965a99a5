import * as vscode from 'vscode';
import type { QueryProblem } from '../../sync/query/modelQuery.ts';
import { parseQuery } from '../../sync/query/parseQuery.ts';

/**
 * Asks for a filter.
 * @param text the one that there is
 * @returns empty: everything is to be shown; undefined: nothing is to change
 */
export async function askForFilter(text: string): Promise<string | undefined> {
  const { t } = vscode.l10n;
  return await vscode.window.showInputBox({
    title: t('Filter Catalogue'),
    prompt: t(
      'Words, and among them what the search takes, such as @fits license:mit size:<8gb. Empty shows everything.',
    ),
    placeHolder: 'qwen @fits license:apache-2.0 size:<8gb',
    value: text,
    validateInput: (value) => {
      const [problem] = parseQuery(value).problems;
      if (problem === undefined) return undefined;
      return { message: problemText(problem), severity: vscode.InputBoxValidationSeverity.Warning };
    },
  });
}

function problemText({ kind, word, hint }: QueryProblem): string {
  const { t } = vscode.l10n;
  if (hint === undefined) return t('"{0}" is not understood.', word);
  return kind === 'badValue'
    ? t('"{0}" is not understood. For example: {1}', word, hint)
    : t('"{0}" is not understood. Did you mean {1}?', word, hint);
}
