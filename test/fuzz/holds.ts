import assert from 'node:assert/strict';
import { DownloadError } from '../../src/download/errors.ts';
import { RuntimeError } from '../../src/runtime/errors.ts';
import { canonicalJson } from '../../src/sync/canonicalJson.ts';
import { SyncError } from '../../src/sync/errors.ts';
import type { Listing } from '../../src/sync/gateway/source.ts';
import { mergeRows } from '../../src/sync/merge.ts';
import type { ModelFile, ModelRecord, Size, SourceKey, SourceRow } from '../../src/sync/model.ts';
import { assertTyped } from '../faults/support/typed.ts';

/** The latest time that a date can have, in ms since 1970. */
const LATEST = 8.64e15;

/**
 * What some work comes to; undefined if it failed in one of the ways that are told in words.
 * @throws whatever else the work throws
 */
export async function orTypedError<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    refuseUntyped(error);
    return undefined;
  }
}

/** Fails on an error that nobody had thought of. */
export function refuseUntyped(error: unknown): void {
  const isTyped =
    error instanceof SyncError || error instanceof DownloadError || error instanceof RuntimeError;
  if (!isTyped) throw error;
  if (error instanceof SyncError) assertTyped(error, 'fuzz');
  assert.ok(error.message.length > 0);
  assert.doesNotMatch(error.message, /unexpected/i);
}

/** A size that can be stored, added up and shown. */
export function assertSize(size: Size): void {
  if (size.sureness === 'unknown') return;
  const isCount = Number.isSafeInteger(size.bytes) && size.bytes >= 0;
  assert.ok(isCount, `${size.bytes} is no number of bytes`);
}

export function assertCount(count: number | undefined): void {
  if (count !== undefined) assert.ok(Number.isSafeInteger(count) && count >= 0, String(count));
}

export function assertFile({ path, size, sha256 }: ModelFile): void {
  assert.equal(typeof path, 'string');
  assertSize(size);
  if (sha256 !== undefined) assert.match(sha256, /^[0-9a-f]{64}$/);
}

/** A record as the catalogue, the views and the search rely on it, also once it is merged. */
export function assertRecord(source: SourceKey, row: SourceRow): void {
  const { record, counters, fingerprint, content } = row;
  assert.match(record.id, /^\w[\w.-]*\/\w[\w.-]*$/);
  assert.match(fingerprint, /^[0-9a-f]{32}$/);
  assert.equal(canonicalJson(JSON.parse(content)), content);
  assertFields(record);
  assertCount(counters.downloads);
  assertCount(counters.likes);
  assert.ok(Number.isFinite(counters.trendingScore ?? 0));
  const merged = mergeRows([{ source, record, counters, published: true }]);
  assert.ok(merged !== undefined);
  assertFields(merged);
}

function assertFields(record: ModelRecord): void {
  const { sha, createdAt, lastModified, parameters, contextLength, variants = [] } = record;
  if (sha !== undefined) assert.match(sha, /^[0-9a-f]{40}$/);
  for (const time of [createdAt, lastModified]) assertTime(time);
  assertCount(parameters);
  assertCount(contextLength);
  for (const { size, files, mmproj } of variants) {
    assertSize(size);
    for (const file of files) assertFile(file);
    if (mmproj !== undefined) assertFile(mmproj);
  }
}

function assertTime(time: number | undefined): void {
  if (time !== undefined) assert.ok(Math.abs(time) <= LATEST, `${time} is no time`);
}

/** What a source lists holds together, and so does all that it loads. */
export async function assertListing(
  source: SourceKey,
  listing: Listing,
): Promise<ReadonlyMap<string, SourceRow>> {
  const ids = [...listing.manifest.keys()];
  const { rows } = await listing.load(ids);
  for (const row of rows) {
    assertRecord(source, row);
    assert.equal(listing.manifest.get(row.record.id), row.fingerprint);
  }
  return new Map(rows.map((row) => [row.record.id, row]));
}
