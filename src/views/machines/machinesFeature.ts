import { homedir, hostname, platform } from 'node:os';
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { IdentityFile } from '../../device/shared/identity.ts';
import { Machines } from '../../device/shared/machines.ts';
import type { MachineFacts } from '../../device/shared/machineRecord.ts';
import { weekOf } from '../../device/shared/machineRecord.ts';
import type { Memory } from '../../device/shared/sharedState.ts';
import { SharedState, TRAVELLING_KEY } from '../../device/shared/sharedState.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import type { Logger } from '../../sync/logger.ts';
import type { ModelId } from '../../sync/model.ts';
import { groupVariants } from '../../sync/variants.ts';
import type { WindowSignals } from '../../sync/strategy/windowSignals.ts';
import type { EngineClient } from '../../sync/worker/engineClient.ts';
import type { Catalogue } from '../catalogue.ts';
import type { Command } from '../commands/telling.ts';
import { messageOf } from '../commands/telling.ts';
import { hostWording } from '../details/hostWording.ts';
import type { Downloader } from '../downloads/downloader.ts';
import type { HardwareView } from '../hardware.ts';
import { isInstalledNode } from '../installed/installedNodes.ts';
import type { LocalMachine } from '../installed/localMachine.ts';
import { Marks } from '../marks.ts';
import type { Notifier } from '../notifier.ts';
import { freeBytesAt } from '../onboarding/modelPlaces.ts';
import type { CurrentSettings } from '../settings.ts';
import { writeSources } from '../settings.ts';
import { installSame } from './installSame.ts';
import type { MachineNode, MachinesState } from './machineNodes.ts';
import { machineName } from './machineRows.ts';

/** What the part is made with, before there are others. */
export interface MachinesBasis {
  readonly context: vscode.ExtensionContext;
  /** What the user has marked: see openUserState. */
  readonly memory: Memory;
  readonly settings: CurrentSettings;
  readonly signals: WindowSignals;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The other parts that it works with. */
export interface MachinesSurroundings {
  readonly machine: LocalMachine;
  readonly hardware: Pick<HardwareView, 'hardware' | 'onDidChange'>;
  readonly catalogue: Pick<Catalogue, 'model' | 'listed'>;
  readonly engine: Pick<EngineClient, 'lookUp' | 'files'>;
  readonly downloader: Pick<Downloader, 'download'>;
  readonly notifier: Notifier;
}

/** Everything in this window that is about the user's other machines. */
export class MachinesFeature implements Disposable {
  readonly #basis: MachinesBasis;
  readonly #identity: IdentityFile;
  readonly #state: SharedState;
  readonly #machines: Machines;
  readonly #closing = new AbortController();
  readonly #subscriptions: Disposable[];
  #around: MachinesSurroundings | undefined;
  #seen: LocalMachine['installed'];
  readonly pins: Marks;
  readonly hidden: Marks;
  /** Searches that the user keeps. */
  readonly searches: Marks;

  constructor(basis: MachinesBasis) {
    const { context, memory, settings, signals, clock, logger } = basis;
    this.#basis = basis;
    const storage = context.globalStorageUri.fsPath;
    this.#identity = new IdentityFile({
      ...{ storage, logger },
      place: `${hostname()} ${homedir()}`,
      random: (digits) => randomBytes(digits / 2).toString('hex'),
    });
    const shares = (): boolean => settings.value.sharesBetweenMachines;
    this.#state = new SharedState({
      memory,
      machine: async () => (await this.#identity.read()).id,
      earlier: { favourites: 'modelHub.favourites' },
      ...{ shares, clock, logger },
    });
    this.#machines = new Machines({
      ...{ state: this.#state, identity: this.#identity, shares, clock, logger },
      facts: () => this.#facts,
    });
    const marks = (['pins', 'hidden', 'searches'] as const).map(
      (kind) => new Marks(kind, this.#state),
    );
    [this.pins, this.hidden, this.searches] = marks as [Marks, Marks, Marks];
    // The editor takes along what is listed when it looks, so it is listed before anything is there.
    context.globalState.setKeysForSync([TRAVELLING_KEY]);
    this.#subscriptions = [
      ...marks,
      this.#machines,
      this.#state,
      signals.onDidChange(() => this.#occasion()),
      settings.onDidChange(() => void this.#machines.update()),
    ];
  }

  get state(): SharedState {
    return this.#state;
  }

  /** What the Installed view shows of the other machines. */
  get shown(): MachinesState {
    const { settings } = this.#basis;
    const { leftOut, obstacle } = this.#state;
    const travel = { leftOut, obstacle };
    return { others: this.#machines.others, sources: settings.value.sources, travel };
  }

  /** Other machines tell something else. */
  readonly onDidChange = (listener: () => void): Disposable => this.#machines.onDidChange(listener);

  /** Begins to tell of this machine, once activation is over. */
  begin(around: MachinesSurroundings): void {
    const { machine, hardware } = around;
    this.#around = around;
    this.#subscriptions.push(
      hardware.onDidChange(() => void this.#machines.update()),
      machine.onDidChange(() => {
        // Progress of downloads is no news of what is here.
        if (machine.installed === this.#seen) return;
        this.#seen = machine.installed;
        void this.#machines.update();
      }),
    );
    void this.#machines.update();
  }

  /** The commands of this feature, by their names. */
  get commands(): Record<string, Command> {
    return {
      installSameHere: (argument) => this.#installSame(argument),
      followSameSources: (argument) => this.#followSame(argument),
      renameMachine: (argument) =>
        withMachine(argument, ({ machine }) =>
          this.#rename(machine.id, machineName(machine, hostWording)),
        ),
      nameThisMachine: async () => {
        const { own } = this.#machines;
        const { id } = await this.#identity.read();
        await this.#rename(id, own === undefined ? '' : machineName(own, hostWording));
      },
      forgetMachine: (argument) =>
        withMachine(argument, ({ machine }) => this.#machines.forget(machine.id)),
      forgetMachines: () => this.#forgetAll(),
    };
  }

  dispose(): void {
    this.#closing.abort();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  get #facts(): MachineFacts {
    const { settings } = this.#basis;
    const around = this.#around;
    const installed = around?.machine.installed;
    return {
      platform: platform(),
      sources: settings.value.sources,
      installed,
      // Asking for it measures it, which can wait until this machine is looked at anyway.
      hardware: installed === undefined ? undefined : around?.hardware.hardware,
      isListed: (id) => around?.catalogue.listed(id) !== undefined,
    };
  }

  /** The window got the focus, or its user has paused: what has come meanwhile is taken over. */
  #occasion(): void {
    const { signals, settings, clock } = this.#basis;
    void this.#machines.update();
    const isTold = this.#machines.own?.record.week === weekOf(clock.now());
    const mayLook = !signals.active && settings.value.sharesBetweenMachines;
    if (mayLook && !isTold) void this.#around?.machine.look();
  }

  async #installSame(argument: unknown): Promise<void> {
    const around = this.#around;
    if (around === undefined || !isInstalledNode(argument)) return;
    const wanted =
      argument.type === 'machine'
        ? (argument.missing ?? [])
        : argument.type === 'theirVariant'
          ? [argument.variant]
          : [];
    const { catalogue, engine, machine, downloader, notifier } = around;
    await machine.look();
    await installSame(wanted, {
      variants: async (id: ModelId) => {
        const { signal } = this.#closing;
        const model = catalogue.model(id) ?? (await engine.lookUp(id, signal));
        if (model?.sha === undefined) return model?.variants ?? [];
        // Their exact sizes tell which is meant where a model has two of one quantisation.
        return groupVariants((await engine.files(id, model.sha, signal)).value.files);
      },
      downloads: () => machine.downloads,
      free: () => freeBytesAt(this.#basis.settings.value.folder),
      download: (one) => downloader.download(one),
      ...{ notifier, messageOf, wording: hostWording },
    });
  }

  async #followSame(argument: unknown): Promise<void> {
    if (!isInstalledNode(argument) || argument.type !== 'theirSources') return;
    const { sources } = this.#basis.settings.value;
    await writeSources([...new Set([...sources, ...argument.sources])]);
  }

  async #rename(id: string, name: string): Promise<void> {
    const { t } = vscode.l10n;
    const wanted = await vscode.window.showInputBox({
      title: t('Rename Machine'),
      prompt: t('How it is called on all your machines. Empty: by what it is.'),
      value: name,
    });
    if (wanted === undefined || wanted === name) return;
    await this.#machines.rename(id, wanted);
  }

  async #forgetAll(): Promise<void> {
    const { t } = vscode.l10n;
    const { others } = this.#machines;
    const isSure = await this.#around?.notifier.confirm(
      t('Forget all your other machines?'),
      t('Each comes back when Model Hub is used on it again. Your marks stay.'),
      t('Forget'),
    );
    if (isSure === true) await this.#machines.forget(...others.map(({ id }) => id));
  }
}

function withMachine(argument: unknown, use: (node: MachineNode) => unknown): unknown {
  return isInstalledNode(argument) && argument.type === 'machine' ? use(argument) : undefined;
}
