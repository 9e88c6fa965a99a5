import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { tableOf } from '../docs/marked.ts';

/** What is read of a report of Stryker. */
export interface MutationReport {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { status: string }[] }>>;
}

/** Reads a report; undefined if there is none. */
export async function readReport(file: string): Promise<MutationReport | undefined> {
  if (!existsSync(file)) return undefined;
  return JSON.parse(await readFile(file, 'utf8')) as MutationReport;
}

/** What became of the changes to a module. */
export interface Tally {
  /** A test failed. */
  readonly killed: number;
  /** A test waited for ever, or something ran in circles. */
  readonly timedOut: number;
  /** All tests that reach it passed. */
  readonly survived: number;
  /** No test reaches it. */
  readonly uncovered: number;
  /** Not tried, or it could not run at all. */
  readonly leftOut: number;
}

const HEADINGS = ['module', 'noticed', 'killed', 'timed out', 'survived', 'no test', 'left out'];

export function tallyOf(mutants: readonly { status: string }[]): Tally {
  const count = (...wanted: readonly string[]): number =>
    mutants.filter(({ status }) => wanted.includes(status)).length;
  return {
    killed: count('Killed'),
    timedOut: count('Timeout'),
    survived: count('Survived'),
    uncovered: count('NoCoverage'),
    leftOut: count('Ignored', 'RuntimeError', 'CompileError'),
  };
}

/** The part of the changes that some test noticed, from 0 to 1; of none, all. */
export function noticed({ killed, timedOut, survived, uncovered }: Tally): number {
  const all = killed + timedOut + survived + uncovered;
  return all === 0 ? 1 : (killed + timedOut) / all;
}

/** The tally of a whole report. */
export function totalOf({ files }: MutationReport): Tally {
  return tallyOf(Object.values(files).flatMap(({ mutants }) => mutants));
}

/** The report with the modules of another one in place of its own, and no others than these. */
export function withNewer(
  report: MutationReport,
  newer: MutationReport,
  modules: readonly string[],
): MutationReport {
  const files = { ...report.files, ...newer.files };
  const kept = modules.flatMap((name) => {
    const file = files[name];
    return file === undefined ? [] : [[name, file] as const];
  });
  return { files: Object.fromEntries(kept) };
}

/** One line for all, then one for each module. */
export function mutationTable(report: MutationReport): string {
  const rows = Object.entries(report.files).map(([name, { mutants }]) =>
    rowOf(`\`${name}\``, tallyOf(mutants)),
  );
  return tableOf(HEADINGS, [rowOf('**all**', totalOf(report)), ...rows]);
}

function rowOf(name: string, tally: Tally): string[] {
  const { killed, timedOut, survived, uncovered, leftOut } = tally;
  const counts = [killed, timedOut, survived, uncovered, leftOut].map(String);
  return [name, percent(noticed(tally)), ...counts];
}

export const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
