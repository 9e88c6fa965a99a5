import * as vscode from 'vscode';
import type { SourceKey } from '../../sync/model.ts';
import { sourceKind, sourceName } from '../format.ts';
import { isSourceKey, readSettings, writeSources } from '../settings.ts';
import { isTreeNode } from '../tree/nodes.ts';
import type { CommandServices } from './register.ts';

/** Asks for another place that publishes models, and follows it. */
export async function addSource({ sync, applySettings }: CommandServices): Promise<void> {
  const { sources } = readSettings();
  const author = vscode.l10n.t('Hugging Face author…');
  const published = vscode.l10n.t('Published catalogue…');
  const offered = ['jan:v2', 'jan:v1', 'cortex'].filter((key) => !sources.includes(key));
  const picked = await vscode.window.showQuickPick(
    [
      { label: author, description: 'Hugging Face', key: askForAuthor },
      { label: published, description: vscode.l10n.t('of a team'), key: askForPublished },
      ...offered.map((key) => ({ label: sourceName(key), description: sourceKind(key), key })),
    ],
    {
      title: vscode.l10n.t('Add Source'),
      placeHolder: vscode.l10n.t('Where do the models come from?'),
    },
  );
  if (picked === undefined) return;
  const key = typeof picked.key === 'string' ? picked.key : await picked.key();
  if (key === undefined || sources.includes(key)) return;
  await writeSources([...sources, key]);
  await applySettings();
  await sync.sync('manual');
}

async function askForAuthor(): Promise<SourceKey | undefined> {
  const toKey = (text: string): string => `hf:${text.trim().replace(/^https:\/\/[^/]+\//, '')}`;
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Add Hugging Face Author'),
    prompt: vscode.l10n.t('The name of a user or organisation, or the address of its page.'),
    placeHolder: 'cortexso',
    validateInput: (value) =>
      isSourceKey(toKey(value)) ? undefined : vscode.l10n.t('This is not the name of an author.'),
  });
  return text === undefined ? undefined : toKey(text);
}

async function askForPublished(): Promise<SourceKey | undefined> {
  const toKey = (text: string): string => `published:${text.trim()}`;
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Add Published Catalogue'),
    prompt: vscode.l10n.t(
      'The address of its folder. With #key=… behind it, only what is signed with that key is accepted.',
    ),
    placeHolder: 'https://models.example.com/catalogue/#key=…',
    validateInput: (value) =>
      isSourceKey(toKey(value))
        ? undefined
        : vscode.l10n.t('This is not the address of a published catalogue.'),
  });
  return text === undefined ? undefined : toKey(text);
}

/** Stops following the source of a row, or one that the user picks. */
export async function removeSource(argument: unknown): Promise<void> {
  const { sources } = readSettings();
  const key =
    isTreeNode(argument) && argument.type === 'source'
      ? argument.source.key
      : await pickSource(sources);
  if (key !== undefined) await writeSources(sources.filter((source) => source !== key));
}

async function pickSource(sources: readonly SourceKey[]): Promise<SourceKey | undefined> {
  const picked = await vscode.window.showQuickPick(
    sources.map((key) => ({ label: sourceName(key), description: sourceKind(key), key })),
    {
      title: vscode.l10n.t('Remove Source'),
      placeHolder: vscode.l10n.t('Its models disappear from the list.'),
    },
  );
  return picked?.key;
}
