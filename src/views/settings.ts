import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import type { HardwareSettings } from '../device/hardware.ts';
import type { DownloadSettings, TargetKind } from '../download/model.ts';
import type { SharedCacheSettings } from '../download/sharedCache/model.ts';
import type { EngineSettings } from '../sync/engine.ts';
import type { NetworkSettings } from '../sync/http/network.ts';
import type { SourceKey } from '../sync/model.ts';
import { withoutUndefined } from '../sync/withoutUndefined.ts';
import { isWebAddress, withoutLogin } from './webAddress.ts';

const SECTION = 'modelHub';
const SOURCES = 'sources';
const DEFAULT_ADDRESSES = {
  huggingFace: 'https://huggingface.co',
  janCatalogue: 'https://raw.githubusercontent.com/janhq/model-catalog/main/',
};
const MEGABYTE = 1024 * 1024;
const GIGABYTE = 1024 * MEGABYTE;
/** In seconds: on a processor, a long question takes minutes to read. */
const DEFAULT_PATIENCE = 300;
const TARGETS: readonly TargetKind[] = ['folder', 'jan', 'huggingFaceCache'];

/** A checked snapshot of the settings `modelHub.*`. */
export interface Settings {
  readonly sources: readonly SourceKey[];
  readonly backgroundSync: boolean;
  /** Whether what the user does is noted, and what that leads to fetched ahead. */
  readonly fetchesAhead: boolean;
  /** Whether the details page fetches the images of a README without being asked to. */
  readonly remoteImages: boolean;
  /** Bytes that may be fetched in a day while nobody waits; absent: any. */
  readonly backgroundBytesPerDay?: number;
  /** Authors and `owner/name`s that the Cortex server is to add. */
  readonly cortexSources: readonly string[];
  readonly endpoints: EngineSettings['endpoints'];
  /** Where downloaded models go, and from where they are shown: an absolute path. */
  readonly folder: string;
  /** In whose layout downloads end up unless the user says otherwise for one. */
  readonly target: TargetKind;
  readonly download: DownloadSettings;
  /** Addresses of OpenAI-compatible servers. */
  readonly servers: readonly string[];
  readonly network: NetworkSettings;
  /** Where a team keeps files that its members share; absent: nowhere. */
  readonly sharedCache?: Pick<SharedCacheSettings, 'url' | 'access'>;
  readonly chat: ChatSettings;
  /** Whether marks and what is installed here are told to the user's other machines. */
  readonly sharesBetweenMachines: boolean;
  /** What the user says about their machine. */
  readonly hardware: HardwareSettings;
}

/** How installed models take part in the chat of the editor. */
export interface ChatSettings {
  /** Whether those that the user offers do. */
  readonly enabled: boolean;
  /** How long a model may think before it says anything, in ms. */
  readonly patience: number;
}

/** The settings as they are now. What cannot be used is as good as not set. */
export function readSettings(): Settings {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const address = (name: string): string | undefined => {
    const value = configuration.get<unknown>(name);
    return typeof value === 'string' && isWebAddress(value) ? withoutLogin(value) : undefined;
  };
  const cortexSources = configuration.get<unknown>('cortex.addSources');
  const megabytes = configuration.get<unknown>('backgroundMegabytesPerDay');
  const sources = configuration.get<unknown>(SOURCES);
  return {
    sources: Array.isArray(sources)
      ? [...new Set(sources.filter(isSourceKey).map(withoutLogin))]
      : [],
    backgroundSync: configuration.get<unknown>('backgroundSync') !== false,
    fetchesAhead: configuration.get<unknown>('fetchAhead') !== false,
    remoteImages: configuration.get<unknown>('details.remoteImages') === 'whenFast',
    ...(isPositive(megabytes) && { backgroundBytesPerDay: megabytes * MEGABYTE }),
    cortexSources: Array.isArray(cortexSources) ? cortexSources.filter(isRepositoryOrAuthor) : [],
    endpoints: {
      huggingFace:
        address('huggingFace.endpoint') ?? environmentEndpoint() ?? DEFAULT_ADDRESSES.huggingFace,
      janCatalogue: address('jan.catalogueUrl') ?? DEFAULT_ADDRESSES.janCatalogue,
      cortex: address('cortex.url'),
    },
    ...downloadSettings(configuration),
    network: networkSettings(),
    ...sharedCacheSettings(address('sharedCache.url'), configuration),
    chat: chatSettings(configuration),
    sharesBetweenMachines: configuration.get<unknown>('shareBetweenMachines') !== false,
    hardware: hardwareSettings(configuration),
  };
}

/** The settings of downloads and of what runs models here. */
function downloadSettings(
  configuration: vscode.WorkspaceConfiguration,
): Pick<Settings, 'folder' | 'target' | 'download' | 'servers'> {
  const target = configuration.get<unknown>('download.target');
  const megabytes = configuration.get<unknown>('download.megabytesPerSecond');
  const servers = configuration.get<unknown>('servers');
  return {
    folder: folderOf(configuration.get<unknown>('download.folder')),
    target: TARGETS.find((one) => one === target) ?? 'folder',
    download: {
      ...(isPositive(megabytes) && { bytesPerSecond: megabytes * MEGABYTE }),
      onlyWhenIdle: configuration.get<unknown>('download.onlyWhenIdle') === true,
    },
    servers: Array.isArray(servers)
      ? [...new Set(servers.filter(isServerAddress).map(withoutLogin))]
      : [],
  };
}

function sharedCacheSettings(
  url: string | undefined,
  configuration: vscode.WorkspaceConfiguration,
): Pick<Settings, 'sharedCache'> {
  if (url === undefined) return {};
  const access = configuration.get<unknown>('sharedCache.access');
  return { sharedCache: { url, access: access === 'readWrite' ? 'readWrite' : 'read' } };
}

function chatSettings(configuration: vscode.WorkspaceConfiguration): ChatSettings {
  const seconds = configuration.get<unknown>('chat.patience');
  return {
    enabled: configuration.get<unknown>('chat.enabled') === true,
    patience: (isPositive(seconds) ? seconds : DEFAULT_PATIENCE) * 1000,
  };
}

/** What the user says in place of what is measured; no graphics at all can be said by 0. */
function hardwareSettings(configuration: vscode.WorkspaceConfiguration): HardwareSettings {
  const memory = configuration.get<unknown>('hardware.ramGigabytes');
  const gpuMemory = configuration.get<unknown>('hardware.vramGigabytes');
  return {
    ...(isPositive(memory) && { memory: memory * GIGABYTE }),
    ...((isPositive(gpuMemory) || gpuMemory === 0) && { gpuMemory: gpuMemory * GIGABYTE }),
  };
}

/** What is no absolute path could mean any folder, so it means ours. */
function folderOf(value: unknown): string {
  const text = typeof value === 'string' ? value.trim() : '';
  const path = /^~(?=[\\/]|$)/.test(text) ? join(homedir(), text.slice(1)) : text;
  return isAbsolute(path) ? path : join(homedir(), '.model-hub', 'models');
}

function isServerAddress(value: unknown): value is string {
  return typeof value === 'string' && isWebAddress(value);
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}

/** The editor's own settings for its network, which say how its user reaches the world. */
function networkSettings(): NetworkSettings {
  const http = vscode.workspace.getConfiguration('http');
  const text = (name: string): string | undefined => {
    const value = http.get<unknown>(name);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  };
  const noProxy = http.get<unknown>('noProxy');
  return {
    proxy: withoutUndefined({
      url: text('proxy'),
      noProxy: Array.isArray(noProxy) ? noProxy.filter((host) => typeof host === 'string') : [],
      strictSsl: http.get<unknown>('proxyStrictSSL') !== false,
      authorization: text('proxyAuthorization'),
    }),
    systemCertificates: http.get<unknown>('systemCertificates') !== false,
  };
}

/** True if this is written as a source is: see SourceKey. */
export function isSourceKey(value: unknown): value is SourceKey {
  if (typeof value !== 'string') return false;
  const address = /^published:(\S+)$/.exec(value)?.[1];
  if (address !== undefined) return isWebAddress(address);
  return /^(?:hf:[A-Za-z0-9][\w.-]*|jan:v[12]|cortex)$/.test(value);
}

function isRepositoryOrAuthor(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9][\w.-]*(?:\/[A-Za-z0-9][\w.-]*)?$/.test(value);
}

/** Follows another source, or no longer follows one. */
export async function writeSources(sources: readonly SourceKey[]): Promise<void> {
  await vscode.workspace
    .getConfiguration(SECTION)
    .update(SOURCES, sources, vscode.ConfigurationTarget.Global);
}

/** Lets the chat of the editor have the models that are offered to it. */
export async function offerInChat(): Promise<void> {
  await vscode.workspace
    .getConfiguration(SECTION)
    .update('chat.enabled', true, vscode.ConfigurationTarget.Global);
}

/** The settings, read once and then again whenever one of them has changed. */
export class CurrentSettings implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;
  #value: Settings | undefined;
  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration(SECTION) && !event.affectsConfiguration('http')) return;
      this.#value = undefined;
      this.#changed.fire();
    });
  }

  get value(): Settings {
    return (this.#value ??= readSettings());
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }
}

function environmentEndpoint(): string | undefined {
  const value = process.env['HF_ENDPOINT'];
  return value !== undefined && isWebAddress(value) ? withoutLogin(value) : undefined;
}
