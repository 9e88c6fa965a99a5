import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Metafile } from 'esbuild';

import { root } from './paths.ts';

/** An npm package of which code is in the extension. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** As its manifest says: an SPDX expression. */
  readonly license: string;
  readonly author: string;
  /** Where it is installed. */
  readonly folder: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name?: string };
}

/** The packages that contributed at least a byte, ordered by name. */
export function bundledPackages(contents: Metafile): BundledPackage[] {
  const folders = new Set<string>();
  for (const { inputs } of Object.values(contents.outputs)) {
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = packageFolder(input);
      if (bytesInOutput > 0 && folder !== undefined) folders.add(folder);
    }
  }
  return [...folders].map(readPackage).sort((a, b) => (identifier(a) < identifier(b) ? -1 : 1));
}

export const identifier = ({ name, version }: BundledPackage): string => `${name}@${version}`;

/** `node_modules/@scope/name` of a file below it. */
function packageFolder(input: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
}

function readPackage(relative: string): BundledPackage {
  const folder = path.join(root, relative);
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
  const { name, version, license = '', author } = manifest;
  const authorName = typeof author === 'string' ? author : (author?.name ?? '');
  return { name, version, license, author: authorName.replace(/ *[<(].*$/, ''), folder };
}
