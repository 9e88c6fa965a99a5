import { isAbsolute, join } from 'node:path';
import { t } from '@vscode/l10n';
import { RuntimeError } from '../errors.ts';
import type { AdoptedModel } from '../runtime.ts';
import type { CortexClient } from './cortexClient.ts';
import type { CortexFiles } from './cortexEntries.ts';

/**
 * Has Cortex take over a model where it is on this disk. It has no way to be told of a projector,
 * so a model with one understands text only there.
 * @returns the id in Cortex; that which it has already, if it knows the file
 * @throws RuntimeError
 */
export async function adoptIntoCortex(
  model: AdoptedModel,
  client: CortexClient,
  place: CortexFiles | undefined,
  signal: AbortSignal,
): Promise<string> {
  if (place === undefined) {
    throw new RuntimeError(
      'doesNotFit',
      t(
        'Cortex runs on another machine ({0}) and cannot see the files of this one. Have it fetch the model itself.',
        client.base.host,
      ),
    );
  }
  const weights = model.files.find(({ role }) => role === 'weights');
  const id = idOf(model.name);
  if (weights === undefined || !/\.gguf$/i.test(weights.path) || id === '') {
    throw new RuntimeError(
      'doesNotFit',
      t(
        'Cortex takes over models in GGUF only, and {0} is none. Download a variant in GGUF.',
        model.name,
      ),
    );
  }
  const { path } = weights;
  const { models } = await client.installed(signal);
  const absolute = (file: string) => (isAbsolute(file) ? file : join(place.folder, file));
  const known = models.find(({ files }) => files.some((file) => absolute(file) === path));
  return known?.id ?? (await client.adopt({ id, name: model.name, path }, signal));
}

/** Becomes the name of a file, on all systems. */
function idOf(name: string): string {
  return name
    .replace(/\.gguf$/i, '')
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
}
