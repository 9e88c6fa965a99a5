import assert from 'node:assert/strict';
import type { Hub } from '../../hub/hub.ts';

export type Row = Record<string, unknown>;

/** A copy of a row that lacks a field. */
export function lacking(row: Row, field: string): Row {
  return Object.fromEntries(Object.entries(row).filter(([key]) => key !== field));
}

export async function rowsOf(response: Response): Promise<Row[]> {
  assert.equal(response.status, 200);
  return (await response.json()) as Row[];
}

export async function getRows(hub: Hub, path: string): Promise<Row[]> {
  return rowsOf(await fetch(hub.url + path));
}

/** The address behind `rel="next"`. */
export function nextOf(response: Response): string | undefined {
  return /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export interface TruthLine {
  readonly source: string;
  readonly id: string;
  readonly content: Row;
}

export function truthOf(hub: Hub, source?: string): TruthLine[] {
  return hub
    .truth(source)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as TruthLine);
}
