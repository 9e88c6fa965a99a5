import { randomUUID } from 'node:crypto';
import { t } from '@vscode/l10n';
import { DownloadError } from '../download/errors.ts';
import type {
  DownloadPlan,
  DownloadState,
  DownloadStatus,
  PlannedFile,
} from '../download/model.ts';
import { SpeedMeter } from '../download/speedMeter.ts';
import { RuntimeError } from '../runtime/errors.ts';
import type { PullProgress, Runtime } from '../runtime/runtime.ts';
import type { Clock } from '../sync/clock.ts';
import { withoutUndefined } from '../sync/withoutUndefined.ts';
import type { PulledModel, PulledModelOptions } from './pulledModels.ts';

export interface RuntimePullsOptions {
  readonly clock: Clock;
  /** Whether what was fetched is what is published; false if nobody can tell. */
  readonly verify: (
    pulled: PulledModel,
    options: Pick<PulledModelOptions, 'onProgress' | 'signal'>,
  ) => Promise<boolean>;
  readonly onDidChange: () => void;
  /** A runtime has what it was to fetch, and it is not known to be anything else. */
  readonly onDidFinish: (runtime: Runtime, status: DownloadStatus) => void;
}

interface Pull {
  readonly id: string;
  readonly runtime: Runtime;
  readonly plan: DownloadPlan;
  readonly weights: PlannedFile;
  readonly createdAt: number;
  readonly speed: SpeedMeter;
  controller: AbortController;
  phase: 'fetching' | 'verifying';
  progress: PullProgress;
  ended: Promise<void> | undefined;
  failure: DownloadStatus['failure'];
  finishedAt: number | undefined;
  isVerified: boolean;
}

/**
 * What runtimes fetch by themselves, as downloads of this window: they can only be cancelled. When
 * the window closes, the runtimes go on with it.
 */
export class RuntimePulls {
  readonly #options: RuntimePullsOptions;
  readonly #pulls = new Map<string, Pull>();

  constructor(options: RuntimePullsOptions) {
    this.#options = options;
  }

  /**
   * Has a runtime fetch the weights of a plan; what is being fetched already is the same download.
   * @throws RuntimeError `doesNotFit` if the runtime cannot do that
   */
  begin(runtime: Runtime, plan: DownloadPlan): DownloadStatus {
    const weights = plan.files.filter(({ role }) => role === 'weights');
    const [only, ...others] = weights;
    if (runtime.actions.pull === undefined || only === undefined || others.length > 0) {
      throw new RuntimeError(
        'doesNotFit',
        weights.length === 1
          ? t(
              '{0} cannot be fetched by {1}: it does not download models. Choose another place.',
              plan.variant,
              runtime.id,
            )
          : t(
              '{0} cannot be fetched by {1}: it is in several files. Download it into a folder, and hand it over.',
              plan.variant,
              runtime.id,
            ),
      );
    }
    const known = [...this.#pulls.values()].find(
      (one) =>
        one.runtime === runtime &&
        one.plan.model === plan.model &&
        one.plan.variant === plan.variant,
    );
    if (known?.ended !== undefined) return statusOf(known, this.#options.clock.now());
    if (known !== undefined) this.#pulls.delete(known.id);
    const pull: Pull = {
      ...{ id: `pull ${randomUUID()}`, runtime, plan, weights: only, phase: 'fetching' },
      ...{ createdAt: this.#options.clock.now(), speed: new SpeedMeter() },
      ...{ controller: new AbortController(), progress: { bytes: 0 }, ended: undefined },
      ...{ failure: undefined, finishedAt: undefined, isVerified: false },
    };
    this.#pulls.set(pull.id, pull);
    this.#run(pull);
    return statusOf(pull, this.#options.clock.now());
  }

  has(id: string): boolean {
    return this.#pulls.has(id);
  }

  list(): DownloadStatus[] {
    const now = this.#options.clock.now();
    return [...this.#pulls.values()].map((pull) => statusOf(pull, now));
  }

  /** Tries again what has failed. */
  resume(id: string): void {
    const pull = this.#pulls.get(id);
    if (pull?.failure !== undefined) this.#run(pull);
  }

  /** Has the runtime stop, and forgets it. */
  async cancel(id: string): Promise<void> {
    const pull = this.#pulls.get(id);
    if (pull === undefined) return;
    this.#pulls.delete(id);
    pull.controller.abort();
    this.#options.onDidChange();
    await pull.ended;
  }

  /** Forgets what has ended. */
  dismiss(id: string): void {
    if (this.#pulls.get(id)?.ended !== undefined) return;
    if (this.#pulls.delete(id)) this.#options.onDidChange();
  }

  #run(pull: Pull): void {
    pull.controller = new AbortController();
    pull.failure = undefined;
    pull.phase = 'fetching';
    pull.speed.reset();
    pull.ended = this.#pull(pull, pull.controller.signal);
    this.#options.onDidChange();
  }

  /** Never rejects: what goes wrong stands in the status. */
  async #pull(pull: Pull, signal: AbortSignal): Promise<void> {
    const { clock, onDidChange, onDidFinish } = this.#options;
    const { runtime } = pull;
    try {
      const entry = await this.#fetch(pull, signal);
      pull.isVerified = await this.#verify(pull, entry, signal);
      pull.finishedAt = clock.now();
    } catch (error) {
      const { kind, message } = RuntimeError.is(error) ? error : DownloadError.from(error);
      pull.failure = { kind, message, at: clock.now() };
    }
    pull.ended = undefined;
    if (signal.aborted) return;
    onDidChange();
    if (pull.finishedAt !== undefined) onDidFinish(runtime, statusOf(pull, clock.now()));
  }

  /** Ends with the id that the runtime has for it. */
  async #fetch(pull: Pull, signal: AbortSignal): Promise<string> {
    const { clock, onDidChange } = this.#options;
    const { runtime, plan, weights } = pull;
    const onProgress = (progress: PullProgress): void => {
      pull.progress = progress;
      pull.speed.note(clock.now(), progress.bytes);
      onDidChange();
    };
    const request = { model: plan.model, revision: plan.revision, path: weights.path };
    return (await runtime.actions.pull?.(request, onProgress, signal)) ?? '';
  }

  async #verify(pull: Pull, entry: string, signal: AbortSignal): Promise<boolean> {
    const { verify, onDidChange } = this.#options;
    const { runtime, weights } = pull;
    pull.phase = 'verifying';
    pull.speed.reset();
    const onProgress = (bytes: number): void => {
      pull.progress = { bytes, totalBytes: weights.size };
      onDidChange();
    };
    onProgress(0);
    return await verify({ runtime, entry, weights }, { onProgress, signal });
  }
}

function statusOf(pull: Pull, now: number): DownloadStatus {
  const { id, plan, progress, failure, finishedAt, createdAt } = pull;
  const { bytes, totalBytes = plan.size } = progress;
  const isRunning = failure === undefined && finishedAt === undefined;
  const state: DownloadState = isRunning ? 'running' : failure === undefined ? 'done' : 'failed';
  const speed = isRunning ? pull.speed.speed(now) : undefined;
  return withoutUndefined({
    ...{ id, model: plan.model, revision: plan.revision, variant: plan.variant },
    ...{ quantisation: plan.quantisation, state, failure, createdAt, finishedAt },
    phase: isRunning ? pull.phase : undefined,
    unverified: state === 'done' && !pull.isVerified ? (true as const) : undefined,
    target: 'cortex' as const,
    bytes: state === 'done' ? totalBytes : Math.min(bytes, totalBytes),
    totalBytes,
    bytesPerSecond: speed === undefined ? undefined : Math.round(speed),
    secondsLeft:
      speed === undefined || speed <= 0 ? undefined : Math.ceil((totalBytes - bytes) / speed),
    pausable: false,
  });
}
