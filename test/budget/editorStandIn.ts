import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

interface Manifest {
  readonly contributes: {
    readonly configuration: {
      readonly properties: Readonly<Record<string, { readonly default?: unknown }>>;
    };
  };
}

class EventEmitter {
  readonly event = (): object => ({ dispose: () => undefined });
  fire(): void {
    // Nobody listens.
  }
  dispose(): void {
    // There is nothing to let go of.
  }
}

/**
 * Stands in for `vscode` while activation is measured: takes whatever is registered, and knows the
 * settings by their defaults. What the editor does itself is not the extension's to pay for.
 */
export function editorStandIn(root: string): Record<string, unknown> {
  const settings = defaults(root);
  const uri = (fsPath: string): object => ({ fsPath, toString: () => fsPath });
  const known: Record<string, unknown> = {
    EventEmitter,
    Uri: {
      file: uri,
      parse: uri,
      from: (parts: { path: string }) => uri(parts.path),
      joinPath: (base: { fsPath: string }, ...names: string[]) =>
        uri(path.join(base.fsPath, ...names)),
    },
    env: anything({ language: 'en' }),
    l10n: { t: (message: unknown) => message },
    window: anything({ state: { focused: true, active: true } }),
    workspace: anything({
      getConfiguration: (section?: string) => ({
        get: (key: string, otherwise?: unknown) =>
          settings.get(section === undefined ? key : `${section}.${key}`) ?? otherwise,
        inspect: () => undefined,
      }),
    }),
  };
  return Object.fromEntries(namesUsed(root).map((name) => [name, known[name] ?? anything()]));
}

/** An extension's context with a storage folder and an empty memory. */
export function contextOf(root: string, dist: string, storage: string): Record<string, unknown> {
  const nothing = (): Promise<void> => Promise.resolve();
  const memory = { get: () => undefined, update: nothing, keys: () => [], setKeysForSync: nothing };
  return {
    ...{ subscriptions: [], globalState: memory, workspaceState: memory, secrets: anything() },
    extensionUri: { fsPath: path.dirname(dist) },
    globalStorageUri: { fsPath: storage },
    extensionMode: 1,
    extension: anything({ id: 'model-hub.model-hub', packageJSON: manifest(root) }),
  };
}

/** Can be called, made and asked for anything, and answers with the same again. */
function anything(known: Record<string, unknown> = {}): unknown {
  const parts = new Map<PropertyKey, unknown>(Object.entries(known));
  return new Proxy(function () {} as unknown as new () => object, {
    get: (_target, key) => {
      if (key === 'then') return undefined; // it is no promise
      if (key === Symbol.toPrimitive) return () => '';
      if (!parts.has(key)) parts.set(key, anything());
      return parts.get(key);
    },
    set: (_target, key, value) => {
      parts.set(key, value);
      return true;
    },
    apply: () => anything(),
    construct: () => anything() as object,
  });
}

function manifest(root: string): Manifest {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;
}

function defaults(root: string): Map<string, unknown> {
  const { properties } = manifest(root).contributes.configuration;
  return new Map(Object.entries(properties).map(([name, setting]) => [name, setting.default]));
}

/** What the sources ask `vscode` for: a bundle copies the names of a module when it loads it. */
function namesUsed(root: string): string[] {
  const names = new Set<string>();
  for (const file of globSync('src/**/*.ts', { cwd: root })) {
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const [, name = ''] of text.matchAll(/\bvscode\.([A-Za-z]\w*)/g)) names.add(name);
  }
  return [...names];
}
