import type { Wording } from '../details/wording.ts';
import { markdownText } from '../markdownText.ts';
import type { StatusView } from './statusView.ts';

/** The tooltip of the status item. Its only links lead to the commands that the view names. */
export function statusMarkdown(view: StatusView, { t }: Wording): string {
  const { summary, problems, sources, downloads, facts, links } = view;
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [[`**${markdownText(title)}**`, '', ...lines.map(item)].join('\n')];
  const blocks = [
    `**Model Hub**: ${markdownText(summary)}`,
    ...problems.map(markdownText),
    ...list(t('Downloads'), downloads),
    ...list(t('Sources'), sources),
    ...(facts.length === 0 ? [] : [facts.map(markdownText).join('  \n')]),
    links.map(({ title, command }) => `[${markdownText(title)}](command:${command})`).join(' · '),
  ];
  return blocks.join('\n\n');
}

function item(line: string): string {
  return `- ${markdownText(line)}`;
}
