import { planDownload } from '../../download/plan.ts';
import type {
  DownloadPlan,
  DownloadStatus,
  TargetKind,
  UpdatePreview,
} from '../../download/model.ts';
import type { LocalClient } from '../../local/localClient.ts';
import type { InstalledSnapshot } from '../../runtime/installed.ts';
import type { Model, ModelFile, ModelId } from '../../sync/model.ts';
import { untilAborted } from '../../sync/untilAborted.ts';
import { groupVariants } from '../../sync/variants.ts';
import { isGuarded } from '../access.ts';
import { isCommit } from '../details/detailsSubject.ts';
import { downloadRefusal } from '../details/downloadRefusal.ts';
import type { Wording } from '../details/wording.ts';
import type { Destination } from './destination.ts';

/** A variant of a model to be downloaded. */
export interface Wanted {
  readonly model: ModelId;
  /** See Variant.name. */
  readonly variant: string;
  /** 40 hex digits; absent: the published one, which is looked up where no source tells it. */
  readonly revision?: string;
  /** Where to; absent: as the settings say. */
  readonly to?: Destination;
  /** See DownloadPlan.keepsPrevious. */
  readonly keepsPrevious?: true;
  /** Whether its vision projector is wanted too; absent: the user is asked where there is one. */
  readonly projector?: boolean;
}

export interface DownloaderOptions {
  readonly client: Pick<LocalClient, 'download' | 'pull' | 'previewUpdate'>;
  readonly model: (id: ModelId) => Model | undefined;
  /** A model as the Hub shows it now, if it does. @throws SyncError */
  readonly lookUp: (id: ModelId) => Promise<Model | undefined>;
  /** The file tree at a commit, for somebody who waits for it. @throws SyncError */
  readonly files: (id: ModelId, revision: string) => Promise<readonly ModelFile[]>;
  readonly installed: () => InstalledSnapshot | undefined;
  readonly target: () => TargetKind;
  readonly hasToken: () => boolean;
  /** Asks whether the vision projector is wanted too; undefined: nothing is wanted after all. */
  readonly askForProjector: (projector: ModelFile) => Promise<boolean | undefined>;
  /** A download of a model was queued. */
  readonly onDidQueue?: (id: ModelId) => void;
  readonly wording: Wording;
}

/** Why a variant cannot be downloaded, in words. */
export class DownloadRefused extends Error {
  /** A token would change that. */
  readonly needsToken: boolean;

  constructor(message: string, needsToken: boolean) {
    super(message);
    this.name = 'DownloadRefused';
    this.needsToken = needsToken;
  }
}

/** Turns what the user points at into a download; asks only what nobody else can know. */
export class Downloader {
  readonly #options: DownloaderOptions;

  constructor(options: DownloaderOptions) {
    this.#options = options;
  }

  /**
   * Queues a variant.
   * @returns undefined if the user did not want it after all
   * @throws DownloadRefused, SyncError, DownloadError or RuntimeError
   */
  async download(wanted: Wanted): Promise<DownloadStatus | undefined> {
    const { client, target, onDidQueue } = this.#options;
    const plan = await this.#plan(wanted);
    if (plan === undefined) return undefined;
    const to = wanted.to ?? { target: target() };
    const queued =
      'runtime' in to
        ? await client.pull(to.runtime, plan)
        : await client.download(plan, to.target);
    onDidQueue?.(wanted.model);
    return queued;
  }

  /**
   * What fetching a variant would cost now.
   * @returns undefined if a runtime fetches it by itself, or the user did not want it after all
   * @throws DownloadRefused, SyncError or DownloadError
   */
  async preview(wanted: Wanted, signal: AbortSignal): Promise<UpdatePreview | undefined> {
    const to = wanted.to ?? { target: this.#options.target() };
    if ('runtime' in to) return undefined;
    const plan = await untilAborted(this.#plan(wanted), signal);
    return plan && (await this.#options.client.previewUpdate(plan, to.target, signal));
  }

  async #plan(wanted: Wanted): Promise<DownloadPlan | undefined> {
    const { model, variant } = wanted;
    const { revision, isPublic } = await this.#revision(wanted);
    const files = await this.#options.files(model, revision);
    const projector = await this.#withProjector(wanted, files);
    if (projector === undefined) return undefined;
    const plan = planDownload({ model, revision, variant, files, projector });
    return {
      ...plan,
      ...(wanted.keepsPrevious === true && { keepsPrevious: true }),
      ...(isPublic && { isPublic }),
    };
  }

  /**
   * The commit to take the files from, and whether everybody may have them.
   * @throws DownloadRefused or SyncError
   */
  async #revision({
    model: id,
    revision,
  }: Wanted): Promise<{ readonly revision: string; readonly isPublic: boolean }> {
    const listed = this.#options.model(id);
    this.#admit(listed);
    const commit = revision ?? listed?.sha;
    if (isCommit(commit)) return { revision: commit, isPublic: isForAll(listed) };
    const found = await this.#options.lookUp(id);
    if (!isCommit(found?.sha)) throw this.#notShown(id);
    // Who may fetch it is not known either where no source of the catalogue is the Hub.
    this.#admit(found);
    return { revision: found.sha, isPublic: isForAll(found) };
  }

  /** @throws DownloadRefused if nothing of the model can be downloaded */
  #admit(model: Model | undefined): void {
    const local = { hasToken: this.#options.hasToken() };
    const subject = { model, details: { phase: 'done' }, local } as const;
    const refusal = downloadRefusal(subject, true, this.#options.wording);
    if (refusal === undefined) return;
    const needsToken = !local.hasToken && model !== undefined && isGuarded(model);
    throw new DownloadRefused(refusal, needsToken);
  }

  #notShown(id: ModelId): DownloadRefused {
    const { hasToken, wording } = this.#options;
    const { t } = wording;
    return hasToken()
      ? new DownloadRefused(t('Hugging Face shows no model {0} to your token.', id), false)
      : new DownloadRefused(
          t(
            'Hugging Face shows no model {0} to somebody without a token. If it is private, set one with "Model Hub: Set Hugging Face Token…".',
            id,
          ),
          true,
        );
  }

  /** What is installed already tells it for its update; else the user does. */
  async #withProjector(
    { model, variant, projector: wanted }: Wanted,
    files: readonly ModelFile[],
  ): Promise<boolean | undefined> {
    const projector = groupVariants(files).find(({ name }) => name === variant)?.mmproj;
    if (projector === undefined) return false;
    if (wanted !== undefined) return wanted;
    const known = this.#options
      .installed()
      ?.entries.find(({ from }) => from?.model === model && from.variant === variant);
    if (known !== undefined) return known.files.some(({ role }) => role === 'projector');
    return await this.#options.askForProjector(projector);
  }
}

/** Whether it is known that nobody is kept from having it. */
function isForAll(model: Model | undefined): boolean {
  return model?.private === false && model.gated === false;
}
