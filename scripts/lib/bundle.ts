import { existsSync, globSync } from 'node:fs';
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as esbuild from 'esbuild';

import { hashFiles, listFiles } from './files.ts';
import { withLock } from './lock.mjs';
import { cacheFolder, distFolder, root } from './paths.ts';
import { onEnd } from './processes.ts';

export interface BuildOptions {
  /** Minified, without source maps. */
  readonly production?: boolean;
  /** Where to; `dist/` if left out. */
  readonly folder?: string;
}

const source = (...names: string[]): string => path.join(root, 'src', ...names);
const moduleFile = (...names: string[]): string => path.join(root, 'node_modules', ...names);
const pages = { page: 'details', dashboardPage: 'dashboard' };
const stampName = '.stamp';

/** Lets CommonJS packages such as undici run inside an ESM bundle: they call `require`. */
export const requireBanner =
  "import { createRequire as __createRequire } from 'node:module';" +
  'const require = __createRequire(import.meta.url);';

/**
 * Builds the extension, unless what is there was built from the same inputs.
 * @returns whether there was anything to do
 */
export async function build({
  production = false,
  folder = distFolder,
}: BuildOptions = {}): Promise<boolean> {
  const lock = path.join(cacheFolder, `build-${path.basename(path.dirname(folder))}.lock`);
  return withLock(lock, async () => {
    const stamp = await inputStamp(production);
    const stampFile = path.join(folder, stampName);
    if (existsSync(stampFile) && (await readFile(stampFile, 'utf8')) === stamp) return false;
    await rm(stampFile, { force: true });
    const results = await Promise.all(
      bundles(production, folder).map((options) => esbuild.build({ ...options, write: false })),
    );
    await writeOutputs(
      folder,
      results.flatMap(({ outputFiles }) => outputFiles),
    );
    const metafile = merged(results.map((result) => result.metafile));
    await writeFile(path.join(folder, 'meta.json'), JSON.stringify(metafile, undefined, 1));
    await copyVendor(folder);
    await writeFile(stampFile, stamp);
    return true;
  });
}

/** What the package is made of, file by file, as esbuild tells it; nothing is written. */
export async function bundleContents(): Promise<esbuild.Metafile> {
  // The toolkit is shipped as its authors have bundled it: its own modules tell what is in there.
  const toolkit: esbuild.BuildOptions & { metafile: true } = {
    ...commonOptions(true, distFolder),
    entryPoints: { toolkit: '@vscode/webview-ui-toolkit' },
    format: 'esm',
  };
  const results = await Promise.all(
    [...bundles(true, distFolder), toolkit].map((options) =>
      esbuild.build({ ...options, write: false }),
    ),
  );
  return merged(results.map(({ metafile }) => metafile));
}

/** Builds `dist/` again after each change, until the program ends. */
export async function watch(): Promise<void> {
  await rm(path.join(distFolder, stampName), { force: true });
  await mkdir(distFolder, { recursive: true });
  await copyVendor(distFolder);
  const report: esbuild.Plugin = {
    name: 'report',
    setup: (pluginBuild) => {
      // These two lines are what the background task in .vscode/tasks.json waits for.
      pluginBuild.onStart(() => console.log('[watch] build started'));
      pluginBuild.onEnd(() => console.log('[watch] build finished'));
    },
  };
  for (const options of bundles(false, distFolder)) {
    const context = await esbuild.context({ ...options, plugins: [report], logLevel: 'info' });
    onEnd(() => context.dispose());
    await context.watch();
  }
  await new Promise<never>(() => undefined);
}

function bundles(
  production: boolean,
  outdir: string,
): (esbuild.BuildOptions & { metafile: true })[] {
  const common = commonOptions(production, outdir);
  const host: esbuild.BuildOptions & { metafile: true } = {
    ...common,
    entryPoints: hostEntries(),
    // VS Code loads CommonJS in one go; an ES module waits its turn behind every other extension.
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    platform: 'node',
    target: 'node22',
    external: ['vscode'],
    entryNames: '[name]',
    plugins: [lazyModules, sharedLibraries, oneLocale],
    // The begin of the load, for `npm run bench -- start`: imports run before any own statement.
    banner: { js: "performance.mark('modelHub.load');" },
  };
  const page: esbuild.BuildOptions & { metafile: true } = {
    ...common,
    entryPoints: present(pageEntries()),
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
  };
  return [host, page].filter(({ entryPoints }) => Object.keys(entryPoints ?? {}).length > 0);
}

function commonOptions(
  production: boolean,
  outdir: string,
): esbuild.BuildOptions & { metafile: true } {
  return {
    absWorkingDir: root,
    bundle: true,
    outdir,
    minify: production,
    sourcemap: !production,
    metafile: true,
    logLevel: 'warning',
  };
}

/** The browser side of each page, by the name of its bundle. */
function pageEntries(): Record<string, string> {
  const entry = (folder: string): string => source('views', folder, 'page', 'main.ts');
  return Object.fromEntries(Object.entries(pages).map(([name, folder]) => [name, entry(folder)]));
}

/** What several threads load and is too big to be packaged with each of them. */
const shared = ['undici', 'yaml', 'zod'];

/**
 * The extension, each file that runs in a thread of its own and so is loaded by its name, each that
 * is imported when it is first needed, so that activation does not pay for it, and what they share.
 */
function hostEntries(): Record<string, string> {
  const named = globSync('src/**/*{Worker,.lazy}.ts', { cwd: root }).sort();
  const files = [source('extension.ts'), ...named.map((name) => path.join(root, name))];
  return {
    ...Object.fromEntries(files.map((file) => [path.basename(file, '.ts'), file])),
    ...Object.fromEntries(shared.map((name) => [name, name])),
  };
}

/** Leaves `import('./x.lazy.ts')` to the file that is built from it. */
const lazyModules: esbuild.Plugin = {
  name: 'lazy-modules',
  setup: (pluginBuild) => {
    pluginBuild.onResolve({ filter: /\.lazy\.ts$/ }, ({ kind, path: name }) =>
      kind === 'dynamic-import'
        ? { path: `./${path.basename(name, '.ts')}.cjs`, external: true }
        : undefined,
    );
  },
};

/** Leaves a library that is shared to the file that is built from it. */
const sharedLibraries: esbuild.Plugin = {
  name: 'shared-libraries',
  setup: (pluginBuild) => {
    const filter = new RegExp(`^(?:${shared.join('|')})$`);
    pluginBuild.onResolve({ filter }, ({ kind, path: name }) =>
      kind === 'entry-point' ? undefined : { path: `./${name}.cjs`, external: true },
    );
  },
};

/** Leaves out the fifty languages that zod could say its errors in: only our own reach a reader. */
const oneLocale: esbuild.Plugin = {
  name: 'one-locale',
  setup: (pluginBuild) => {
    pluginBuild.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

function present(entries: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file)));
}

/** Writes what changed and removes what earlier builds left, so that no stale chunk is packaged. */
async function writeOutputs(folder: string, files: readonly esbuild.OutputFile[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const wanted = new Set(files.map((file) => path.basename(file.path)));
  await Promise.all(files.map((file) => writeFile(file.path, file.contents)));
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile() && !wanted.has(entry.name)) await rm(path.join(folder, entry.name));
  }
}

function merged(metafiles: readonly esbuild.Metafile[]): esbuild.Metafile {
  return {
    inputs: Object.assign(
      {},
      ...metafiles.map(({ inputs }) => inputs),
    ) as esbuild.Metafile['inputs'],
    outputs: Object.assign(
      {},
      ...metafiles.map(({ outputs }) => outputs),
    ) as esbuild.Metafile['outputs'],
  };
}

/** The files the page loads as they are: smaller than bundled, and pinned by the lock file. */
async function copyVendor(folder: string): Promise<void> {
  const vendor = path.join(folder, 'vendor');
  await rm(vendor, { recursive: true, force: true });
  await mkdir(vendor, { recursive: true });
  const files = [moduleFile('@vscode', 'webview-ui-toolkit', 'dist', 'toolkit.min.js')];
  if (await pageNeedsIcons()) {
    const icons = moduleFile('@vscode', 'codicons', 'dist');
    files.push(path.join(icons, 'codicon.css'), path.join(icons, 'codicon.ttf'));
  }
  await Promise.all(files.map((file) => copyFile(file, path.join(vendor, path.basename(file)))));
}

async function pageNeedsIcons(): Promise<boolean> {
  const files = (await listFiles([source('views', 'details')])).filter((file) =>
    file.endsWith('.ts'),
  );
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return texts.some((text) => text.includes('codicon.css'));
}

async function inputStamp(production: boolean): Promise<string> {
  const inputs = [
    path.join(root, 'src'),
    path.join(root, 'package.json'),
    path.join(root, 'package-lock.json'),
    import.meta.filename,
  ];
  return hashFiles(inputs, String(production));
}
