import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RuntimeErrorKind } from '../../../../src/runtime/errors.ts';
import { RuntimeError } from '../../../../src/runtime/errors.ts';
import type { RuntimeEntry, RuntimeListing } from '../../../../src/runtime/runtime.ts';
import type { Disposable } from '../../../../src/sync/clock.ts';
import type { Machine } from '../../../../src/sync/gateway/cortexDiscovery.ts';
import { thisMachine } from '../../../../src/sync/worker/thisMachine.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { until } from '../../support/until.ts';

/** A signal that nobody aborts. */
export const never = new AbortController().signal;

/** Where nothing answers. */
export const NOWHERE = 'http://127.0.0.1:1/';

/** Where Cortex keeps its models on Linux, below the folder of its user. */
export const CORTEX_DATA = '.local/share/cortexcpp';

/** What a runtime lists, which is there. */
export function listed(listing: RuntimeListing | undefined): RuntimeListing {
  assert.ok(listing, 'the runtime is not there');
  return listing;
}

/** What is listed by this id. */
export function entry(listing: RuntimeListing, id: string): RuntimeEntry {
  const found = listing.entries.find((one) => one.id === id);
  assert.ok(found, `${id} is not listed among ${listing.entries.map((one) => one.id).join(', ')}`);
  return found;
}

/** A Linux machine whose user has this folder. */
export function machineIn(home: string): Machine {
  return { ...thisMachine, platform: 'linux', home, environment: {} };
}

/** Writes a file with its folders; the path. */
export function write(folder: string, name: string, text = 'GGUF'): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** Rejects with a RuntimeError of this kind whose message says what to do. */
export async function failsWith(
  promise: Promise<unknown>,
  kind: RuntimeErrorKind,
  message?: RegExp,
): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof RuntimeError, `no RuntimeError: ${String(error)}`);
    assert.equal(error.kind, kind, error.message);
    if (message !== undefined) assert.match(error.message, message);
    if (kind !== 'cancelled')
      assert.match(error.message, /\b(?:check|start|fetch|tried|wait|download|delete)\b/i);
    return true;
  });
}

/** Time that passes only when a test says so, and that knows what has been waited for. */
export class WatchedClock extends FakeClock {
  readonly #delays: number[] = [];

  override after(delay: number, callback: () => void): Disposable {
    this.#delays.push(delay);
    return super.after(delay, callback);
  }

  /** Ends when somebody has begun to wait so long, for the n-th time since the start. */
  async waiting(delay: number, times = 1): Promise<void> {
    await until(() => this.times(delay) >= times);
  }

  /** How often somebody has begun to wait so long. */
  times(delay: number): number {
    return this.#delays.filter((one) => one === delay).length;
  }
}
