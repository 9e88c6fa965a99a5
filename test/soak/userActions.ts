import type { DownloadStatus } from '../../src/download/model.ts';
import type { Model } from '../../src/sync/model.ts';
import type { Draw } from '../faults/support/draw.ts';
import { drawChange } from '../faults/support/updateDraws.ts';
import type { GgufRecipe } from '../hub/gguf.ts';
import { ggufRecipe } from '../hub/ggufRecipe.ts';
import type { HubProcess } from './hubProcess.ts';
import type { Library } from './library.ts';
import { MODEL } from './library.ts';
import type { SimulatedTime } from './simulatedTime.ts';
import type { SoakWindow } from './soakWindow.ts';
import type { DownloadManner } from './workday.ts';

/** Models whose details are opened one after the other, and questions to the Hub. */
const LOOKS = 30;
const QUESTIONS = 40;
/** More questions than there are answers remembered. */
const WORDS = 140;
/** Files of the model that are downloaded and updated. */
const FILES = 5;
const TENSOR_BYTES = 40_000;
/** Bytes a second: slow enough for a pause in the middle. */
const SLOW = 400_000;

export interface UserActionsOptions {
  /** As they are by now. */
  readonly windows: readonly SoakWindow[];
  readonly time: SimulatedTime;
  readonly hub: HubProcess;
  readonly library: Library;
  readonly draw: Draw;
}

/** What a user does by hand. */
export class UserActions {
  readonly #options: UserActionsOptions;
  readonly #recipes = new Map<string, GgufRecipe>();

  constructor(options: UserActionsOptions) {
    this.#options = options;
  }

  /** Types into the search, opens what is found, and asks the Hub. */
  async browse(at: number): Promise<void> {
    const { draw, time } = this.#options;
    const window = this.#window(at);
    const words = ['', 'llama', 'gguf', 'instruct', 'qwen', `b${draw.between(1, 70)}`];
    const found = words.flatMap((text) => window.search(text, draw.pick(['newest', 'name'])));
    const looked = new Map(found.map((model) => [model.id, model]));
    for (let n = 0; n < LOOKS && looked.size > 0; n++) {
      const { id, sha = 'main' }: Model = draw.pick([...looked.values()]);
      void window.look(id, sha);
    }
    for (let n = 0; n < QUESTIONS; n++) void window.ask(`word${draw.between(1, WORDS)}`);
    await time.settle();
  }

  /** Refreshes in some windows at once, without waiting. */
  refresh(windows: number): void {
    for (let at = 0; at < windows; at++) void this.#window(at).sync('manual');
  }

  /** Another revision of one of the files. */
  async commit(): Promise<void> {
    const { draw, hub } = this.#options;
    const path = `soak/file-${draw.between(1, FILES)}.gguf`;
    const before = this.#recipes.get(path);
    const recipe =
      before === undefined
        ? ggufRecipe({ tensors: 4, tensorBytes: TENSOR_BYTES, seed: draw.between(1, 1_000) })
        : smaller(drawChange(draw, before)[1]);
    this.#recipes.set(path, recipe);
    await hub.commit(MODEL, path, recipe);
  }

  /**
   * Downloads one of the files, or updates it, and does something in the middle of it.
   * @param reopen closes a window and opens another in its place
   */
  async download(
    at: number,
    how: DownloadManner,
    reopen: (window: number) => Promise<void>,
  ): Promise<void> {
    const { hub, time } = this.#options;
    if (this.#recipes.size === 0) await this.commit();
    const window = this.#window(at);
    const plan = await window.wait(this.#plan(window));
    if (plan === undefined) return;
    if (how !== 'undisturbed') await hub.setFaults({ rules: [faultOf(how)] });
    const { service } = window.downloads;
    const begun = await window.wait(service.download(plan, 'folder'));
    if (begun !== undefined && how !== 'undisturbed' && how !== 'faults') {
      await time.until(() => !isAtItsBeginning(window, begun), 'the first bytes of a download');
      if (how === 'paused' && isUnderWay(window, begun)) service.pause(begun.id);
      if (how === 'cancelled' && isUnderWay(window, begun)) time.during(service.cancel(begun.id));
      if (how === 'windowCloses') await reopen(at);
    }
    await time.settle();
    if (how !== 'undisturbed') await hub.setFaults({});
  }

  /** Goes on with what was paused or has failed, and clears what is done from the list. */
  goOn(): void {
    const window = this.#window(0);
    const { service } = window.downloads;
    for (const { id, state } of service.list()) {
      if (state === 'paused' || state === 'failed') service.resume(id);
      else if (state === 'done') void window.wait(service.dismiss(id));
    }
  }

  /** Downloads that have not come to their end though all was well for long, in words. */
  unfinished(): string[] {
    return this.#window(0)
      .downloads.service.list()
      .filter(({ state }) => state !== 'done')
      .map(({ variant, state, failure }) => `${variant} is ${state}: ${failure?.message ?? ''}`);
  }

  async #plan(window: SoakWindow) {
    const { draw, library } = this.#options;
    const { signal } = new AbortController();
    const model = await window.engine.lookUp(MODEL, signal);
    if (model?.sha === undefined) return undefined;
    const { value } = await window.engine.files(MODEL, model.sha, signal);
    const files = value.files.filter(
      ({ path, sha256 }) => path.startsWith('soak/') && sha256 !== undefined,
    );
    return files.length === 0 ? undefined : library.plan(model.sha, draw.pick(files));
  }

  #window(at: number): SoakWindow {
    const window = this.#options.windows[at];
    if (window === undefined) throw new Error(`there is no window ${at}`);
    return window;
  }
}

function isUnderWay({ downloads }: SoakWindow, { id }: DownloadStatus): boolean {
  return downloads.service.list().some((one) => one.id === id && one.state === 'running');
}

/** Nothing has come of it yet, and something will. */
function isAtItsBeginning(window: SoakWindow, { id, bytes }: DownloadStatus): boolean {
  const { service } = window.downloads;
  return service.list().some((one) => {
    return one.id === id && one.state === 'running' && one.bytes <= bytes;
  });
}

function faultOf(how: DownloadManner) {
  if (how === 'faults') return { match: ['cdn', 'xorb'], status: { code: 503, count: 3 } };
  return { match: ['cdn', 'xorb'], slow: SLOW };
}

/** Insertions must not let a file grow without end. */
function smaller(recipe: GgufRecipe): GgufRecipe {
  return { ...recipe, tensors: recipe.tensors.slice(0, 8) };
}
