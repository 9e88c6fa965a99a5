import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import type { DownloadServiceOptions } from '../../../src/download/downloadService.ts';
import type { DownloadPlan, DownloadStatus, PlannedFile } from '../../../src/download/model.ts';
import type { Hub, HubOptions } from '../../hub/hub.ts';
import { startHub } from '../../hub/hub.ts';
import type { Packing } from '../../hub/xet/cas.ts';
import type { WindowOptions } from '../../unit/download/windowRig.ts';
import { Window } from '../../unit/download/windowRig.ts';
import { DownloadProcess } from './downloadProcess.ts';
import type { DownloadLaunch } from './downloadProcess.ts';

export const MODEL = 'cortexso/tinyllama';
/** The longest that anything may take, in ms. */
const LIMIT = 120_000;
const LOOK = 5;

/** A hub with big files, and folders that go away at the end. */
export class DownloadWorld implements AsyncDisposable {
  readonly hub: Hub;
  readonly #folder = mkdtempSync(join(tmpdir(), 'model-hub-faults-'));
  readonly #places: Place[] = [];
  #files = 0;

  private constructor(hub: Hub) {
    this.hub = hub;
  }

  static async begin(options: HubOptions = {}): Promise<DownloadWorld> {
    return new DownloadWorld(await startHub({ models: 20, ...options }));
  }

  /** A machine on which nothing was downloaded yet. */
  place(): Place {
    const base = join(this.#folder, String(this.#places.length + 1));
    const place = new Place(base, this.hub.url);
    this.#places.push(place);
    return place;
  }

  /** Publishes another file. */
  async publish(size: number): Promise<DownloadPlan> {
    const path = `faults/file-${++this.#files}.gguf`;
    await this.control('files', [{ path, size }]);
    return await this.plan(path);
  }

  /** A plan for a file as it is published now. */
  async plan(path: string): Promise<DownloadPlan> {
    const revision = await this.#head();
    const address = `${this.hub.url}/api/models/${MODEL}/tree/${revision}?recursive=true`;
    const rows = (await (await fetch(address)).json()) as {
      readonly path: string;
      readonly size: number;
      readonly lfs: { readonly oid: string };
    }[];
    const found = rows.find((row) => row.path === path);
    assert.ok(found, path);
    const { size, lfs } = found;
    const digest = { algorithm: 'sha256', hex: lfs.oid } as const;
    return planOf([{ path, size, digest, role: 'weights' }], revision);
  }

  /** The bytes of a file of a plan. */
  async bytes({ revision }: DownloadPlan, { path }: PlannedFile): Promise<Buffer> {
    const answer = await fetch(`${this.hub.url}/${MODEL}/resolve/${revision}/${path}`);
    assert.equal(answer.status, 200);
    return Buffer.from(await answer.arrayBuffer());
  }

  /** Makes one more commit: see the README of the hub. */
  async control(
    word: 'files' | 'commit',
    files: readonly object[],
    packing: Packing = {},
  ): Promise<void> {
    const answer = await fetch(`${this.hub.url}/__hub/${word}`, {
      method: 'POST',
      body: JSON.stringify({ repository: MODEL, files, packing }),
    });
    assert.equal(answer.status, 200, await answer.text());
  }

  /** Bytes that the content network has sent. */
  get bytesSent(): number {
    return this.hub.stats().routes['cdn']?.bytesOut ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const place of this.#places) await place.close();
    await this.hub.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #head(): Promise<string> {
    const info = await fetch(`${this.hub.url}/api/models/${MODEL}`);
    return ((await info.json()) as { sha: string }).sha;
  }
}

export function planOf(
  files: readonly PlannedFile[],
  revision: string,
  model = MODEL,
): DownloadPlan {
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return { model, revision, variant: files[0]?.path ?? '', files, size };
}

/** One machine: a folder for models, the list of downloads, and much that is none of their business. */
export class Place {
  /** `models` and `storage` are in it. */
  readonly home: string;
  readonly outside: string;
  readonly #base: string;
  readonly #endpoint: string;
  readonly #windows = new Set<Window | DownloadProcess>();
  #before: readonly string[] = [];

  constructor(base: string, endpoint: string) {
    this.#base = base;
    this.#endpoint = endpoint;
    this.home = join(base, 'home');
    this.outside = join(base, 'outside');
    const strangers = [
      join(this.outside, 'letter.txt'),
      join(this.models, 'someone', 'else', 'model.gguf'),
      join(this.models, 'cortexso', 'another', 'model.gguf'),
      join(this.home, 'notes', 'a.txt'),
    ];
    for (const path of strangers) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `not to be touched: ${path}`);
    }
    this.remember();
  }

  get models(): string {
    return join(this.home, 'models');
  }

  /** Where the files of the model belong, and nothing else does. */
  get own(): string {
    return join(this.models, ...MODEL.split('/'));
  }

  /** Takes what is here now as what must stay. */
  remember(): void {
    this.#before = this.#surroundings();
  }

  /** A window in this process. */
  open(
    other: Partial<DownloadServiceOptions> = {},
    updates?: NonNullable<WindowOptions['updates']>,
    sharedCache?: WindowOptions['sharedCache'],
  ): Window {
    const all = { folder: this.home, endpoint: this.#endpoint, updates, sharedCache };
    const window = new Window(all, other);
    this.#windows.add(window);
    return window;
  }

  /** A window in a process of its own, that begins with a plan. */
  start(plan: DownloadPlan, launch: DownloadLaunch = {}): DownloadProcess {
    const task = { folder: this.home, endpoint: this.#endpoint, plan };
    const started = new DownloadProcess(task, launch);
    this.#windows.add(started);
    return started;
  }

  pathOf(file: PlannedFile): string {
    return join(this.own, ...file.path.split('/'));
  }

  /**
   * Fails if a file stands at its final path that is not the published one, or if anything was
   * touched that is no part of the model.
   * @returns whether all files are there
   */
  check({ files }: DownloadPlan, when: string): boolean {
    this.assertUntouched(when);
    let isComplete = true;
    for (const file of files) {
      const hash = this.sha256At(file);
      if (hash === undefined) isComplete = false;
      else assert.equal(hash, file.digest.hex, `${when}: ${file.path} is there, and is damaged`);
    }
    return isComplete;
  }

  /** Fails if anything was touched that is no part of the model. */
  assertUntouched(when: string): void {
    assert.deepEqual(this.#surroundings(), this.#before, `${when}: something else was touched`);
  }

  /** Of what stands at the place of a file; undefined if nothing does. */
  sha256At(file: PlannedFile): string | undefined {
    const path = this.pathOf(file);
    if (!existsSync(path)) return undefined;
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  }

  /** Fails unless all files are there, right, and nothing is left of their coming. */
  assertInstalled(plan: DownloadPlan, when: string): void {
    assert.ok(this.check(plan, when), `${when}: it is not installed`);
    const left = list(this.own).filter((line) => line.includes('.partial'));
    assert.deepEqual(left, [], when);
  }

  async close(): Promise<void> {
    for (const window of this.#windows) await window.close();
    this.#windows.clear();
  }

  #surroundings(): readonly string[] {
    const isOurs = (path: string): boolean =>
      [this.own, join(this.home, 'storage')].some(
        (folder) => path === folder || path.startsWith(folder + sep),
      );
    return list(this.#base, isOurs);
  }
}

/** What is below a folder, a line each; no link is followed. */
function list(folder: string, isLeftOut: (path: string) => boolean = () => false): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
    .filter(({ path }) => !isLeftOut(path))
    .map(({ entry, path }) => {
      if (entry.isSymbolicLink()) return `${path} -> ${readlinkSync(path)}`;
      if (entry.isDirectory()) return `${path}${sep}`;
      const { size, mtimeMs } = lstatSync(path);
      return `${path} ${size} ${mtimeMs}`;
    })
    .sort();
}

/** Waits until something holds; fails if it never does. */
export async function eventually(holds: () => boolean, what: () => string): Promise<void> {
  const end = performance.now() + LIMIT;
  while (!holds()) {
    assert.ok(performance.now() < end, `still waiting: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}

/** True for a download that does nothing any more until somebody or some time helps it. */
export function isAtRest({ state, waitsFor }: DownloadStatus): boolean {
  return state === 'done' || state === 'failed' || waitsFor === 'retry' || waitsFor === 'network';
}
