import * as vscode from 'vscode';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatSize,
  sourceKind,
  sourceName,
} from '../format.ts';
import type { Wording } from './wording.ts';

/** The wording of the editor's display language. */
export const hostWording: Wording = {
  t: (message, ...args) => vscode.l10n.t(message, ...args),
  size: formatSize,
  bytes: formatBytes,
  percent: formatPercent,
  duration: formatDuration,
  count: formatCount,
  number: (value) => value.toLocaleString(vscode.env.language),
  age: formatAge,
  date: (time) => new Date(time).toLocaleDateString(vscode.env.language, { dateStyle: 'medium' }),
  moment: (time) =>
    new Date(time).toLocaleString(vscode.env.language, { dateStyle: 'medium', timeStyle: 'short' }),
  sourceName,
  sourceKind,
};
