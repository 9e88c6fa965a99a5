import * as vscode from 'vscode';
import type { SourceKey } from '../sync/model.ts';

const SECTION = 'modelHub';
const SOURCES = 'sources';
const DEFAULT_ADDRESSES = {
  huggingFace: 'https://huggingface.co',
  janCatalogue: 'https://raw.githubusercontent.com/janhq/model-catalog/main/',
  cortex: 'http://127.0.0.1:39281',
};

/** A checked snapshot of the settings `modelHub.*`. */
export interface Settings {
  readonly sources: readonly SourceKey[];
  readonly backgroundSync: boolean;
  readonly endpoints: {
    readonly huggingFace: string;
    readonly janCatalogue: string;
    readonly cortex: string;
  };
}

/** The settings as they are now. What cannot be used is as good as not set. */
export function readSettings(): Settings {
  const configuration = vscode.workspace.getConfiguration(SECTION);
  const address = (name: string, fallback: string): string => {
    const value = configuration.get<unknown>(name);
    return typeof value === 'string' && isWebAddress(value) ? value : fallback;
  };
  const sources = configuration.get<unknown>(SOURCES);
  return {
    sources: Array.isArray(sources) ? [...new Set(sources.filter(isSourceKey))] : [],
    backgroundSync: configuration.get<unknown>('backgroundSync') !== false,
    endpoints: {
      huggingFace: address(
        'huggingFace.endpoint',
        environmentEndpoint() ?? DEFAULT_ADDRESSES.huggingFace,
      ),
      janCatalogue: address('jan.catalogueUrl', DEFAULT_ADDRESSES.janCatalogue),
      cortex: address('cortex.url', DEFAULT_ADDRESSES.cortex),
    },
  };
}

/** True if this is written as a source is: `hf:<author>`, `jan:v1`, `jan:v2` or `cortex`. */
export function isSourceKey(value: unknown): value is SourceKey {
  return typeof value === 'string' && /^(?:hf:[A-Za-z0-9][\w.-]*|jan:v[12]|cortex)$/.test(value);
}

/** Follows another source, or no longer follows one. */
export async function writeSources(sources: readonly SourceKey[]): Promise<void> {
  await vscode.workspace
    .getConfiguration(SECTION)
    .update(SOURCES, sources, vscode.ConfigurationTarget.Global);
}

/** The settings, read once and then again whenever one of them has changed. */
export class CurrentSettings implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;
  #value: Settings | undefined;
  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      if (!event.affectsConfiguration(SECTION)) return;
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
  return value !== undefined && isWebAddress(value) ? value : undefined;
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
