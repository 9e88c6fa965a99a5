import type { Clock } from '../clock.ts';
import { describeError, SyncError } from '../errors.ts';
import type { HttpSession } from '../http/httpClient.ts';
import type { Logger } from '../logger.ts';
import type { ModelId } from '../model.ts';
import type { CortexApi } from './cortexApi.ts';
import { repositoryOfModel } from './cortexModels.ts';
import { modelIdSchema } from './repository.ts';

/** Within this time Cortex says yes to a repeated POST and does nothing. */
const REPEAT_INTERVAL = 10 * 60_000;
/** How long a repository that was refused is left alone, unless the user asks. */
const REFUSAL_INTERVAL = 24 * 60 * 60_000;
/** Cortex' one answer to whatever the Hub refuses, a used-up quota included. */
const HUB_REFUSED = /Failed to get model repository info/;
/** After so many of these in a row it is the quota. */
const MOST_HUB_REFUSALS = 3;
/** Statuses of a POST that say nothing about the repository in it. */
const NOT_OF_REPOSITORY = new Set([401, 403, 404, 405, 408, 429]);

/** What the user wants the server to have, and what it has. */
export interface Wish {
  /** Authors and `owner/name`s. */
  readonly wanted: readonly string[];
  /** What the server lists. */
  readonly present: ReadonlySet<ModelId>;
  readonly http: HttpSession;
  readonly logger: Logger;
}

/** Has one server add the repositories that the user wants; remembers how that went. */
export class CortexAdditions {
  readonly #api: CortexApi;
  readonly #clock: Clock;
  readonly #added = new Map<ModelId, number>();
  readonly #refused = new Map<ModelId, number>();

  constructor(api: CortexApi, clock: Clock) {
    this.#api = api;
    this.#clock = clock;
  }

  /**
   * Adds what is missing, one repository after another. A failure is logged and ends nothing but
   * what would fail likewise: the server lists what it listed before.
   * @returns how many repositories the server took
   * @throws SyncError `cancelled`, between two repositories or in the middle of one
   */
  async addMissing(wish: Wish): Promise<number> {
    const { http, logger } = wish;
    const missing = await this.#missing(wish);
    let count = 0;
    let hubRefusals = 0;
    for (const [index, id] of missing.entries()) {
      logger.info(`cortex: adding ${id} (${index + 1} of ${missing.length})`);
      const failure = await this.#add(id, http);
      if (failure === undefined) count++;
      else logger.warn(`cortex: ${id} was not added: ${describeError(failure)}`);
      hubRefusals = failure && HUB_REFUSED.test(failure.message) ? hubRefusals + 1 : 0;
      const left = missing.length - index - 1;
      if (left > 0 && (hubRefusals === MOST_HUB_REFUSALS || isGeneral(failure))) {
        logger.warn(`cortex: ${left} more repositories have to wait for the next refresh.`);
        break;
      }
    }
    return count;
  }

  async #add(id: ModelId, http: HttpSession): Promise<SyncError | undefined> {
    try {
      await this.#api.add(http, id);
      this.#added.set(id, this.#clock.now());
      this.#refused.delete(id);
      return undefined;
    } catch (error) {
      const failure = SyncError.from(error);
      if (failure.kind === 'cancelled') throw failure;
      if (!isGeneral(failure)) this.#refused.set(id, this.#clock.now());
      return failure;
    }
  }

  async #missing({ wanted, present, http, logger }: Wish): Promise<ModelId[]> {
    const offered = wanted.filter((one) => modelIdSchema.safeParse(one).success);
    for (const author of wanted.filter((one) => !one.includes('/'))) {
      const ask = () => this.#api.offered(http, author);
      offered.push(...(await orNothing(ask, `what ${author} has`, logger)));
    }
    const isAsked = http.priority === 'foreground';
    const missing = [...new Set(offered)]
      .filter((id) => !present.has(id) && !this.#isRecent(this.#added, id, REPEAT_INTERVAL))
      .filter((id) => isAsked || !this.#isRecent(this.#refused, id, REFUSAL_INTERVAL));
    if (missing.length === 0) return [];
    // A repository of which everything is downloaded is no source any more.
    const ask = () => this.#api.models(http, logger);
    const models = await orNothing(ask, 'what is installed', logger);
    const downloaded = models.filter(({ kind }) => kind === 'downloaded');
    const installed = new Set(downloaded.map(({ id }) => repositoryOfModel(id)));
    return missing.filter((id) => !installed.has(id));
  }

  #isRecent(times: ReadonlyMap<ModelId, number>, id: ModelId, interval: number): boolean {
    const at = times.get(id);
    return at !== undefined && Math.abs(this.#clock.now() - at) < interval;
  }
}

/** Whether a failure is one of the server rather than of a repository, so that all would fail. */
function isGeneral(failure: SyncError | undefined): boolean {
  if (failure === undefined) return false;
  return failure.status === undefined || NOT_OF_REPOSITORY.has(failure.status);
}

/** An answer that is only a hint: without it, there is less to do. */
async function orNothing<T>(
  question: () => Promise<readonly T[]>,
  what: string,
  logger: Logger,
): Promise<readonly T[]> {
  try {
    return await question();
  } catch (error) {
    if (SyncError.is(error, 'cancelled')) throw error;
    logger.warn(`cortex: it did not tell ${what}: ${describeError(error)}`);
    return [];
  }
}
