import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { listFiles } from '../lib/files.ts';
import { coverageOf, ranCharacters } from './lines.ts';
import type { FileCoverage, Range } from './lines.ts';

interface Script {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

/**
 * What all processes and threads together ran of the sources.
 * @param written the folder that NODE_V8_COVERAGE named
 * @param sources a folder; a file in it that nothing loaded has no covered line
 * @returns by path relative to `sources`
 */
export async function collect(
  written: string,
  sources: string,
): Promise<ReadonlyMap<string, FileCoverage>> {
  const files = (await listFiles([sources])).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.d.ts'),
  );
  const texts = new Map<string, string>();
  const ran = new Map<string, Uint8Array>();
  for (const file of files) {
    const url = pathToFileURL(file).href;
    const text = await readFile(file, 'utf8');
    texts.set(url, text);
    ran.set(url, new Uint8Array(text.length));
  }
  for (const name of await readdir(written)) {
    for (const { url, functions } of parsed(await readFile(path.join(written, name), 'utf8'))) {
      const [address = ''] = url.split('?');
      const known = ran.get(address);
      if (known === undefined) continue;
      const here = ranCharacters(
        known.length,
        functions.map(({ ranges }) => ranges),
      );
      for (let at = 0; at < known.length; at++) known[at] = (known[at] ?? 0) | (here[at] ?? 0);
    }
  }
  return new Map(
    files.map((file) => {
      const url = pathToFileURL(file).href;
      const name = path.relative(sources, file).replaceAll('\\', '/');
      return [name, coverageOf(texts.get(url) ?? '', ran.get(url) ?? new Uint8Array())];
    }),
  );
}

/** Nothing, where a process was killed while it wrote. */
function parsed(written: string): readonly Script[] {
  try {
    return (JSON.parse(written) as { readonly result: readonly Script[] }).result;
  } catch {
    return [];
  }
}
