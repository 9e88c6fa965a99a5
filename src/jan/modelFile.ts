import { stringify } from 'yaml';
import { z } from 'zod';
import { t } from '@vscode/l10n';
import { withoutUndefined } from '../sync/withoutUndefined.ts';
import { readYamlText } from '../sync/yamlText.ts';

/** What Jan's `model.yml` says of a model, as far as we read and write it. */
export interface JanModelFile {
  /** Relative to Jan's data folder, with slashes, or absolute. */
  readonly model_path: string;
  readonly mmproj_path?: string;
  readonly name?: string;
  /** Of the model and its projector. */
  readonly size_bytes?: number;
  readonly model_sha256?: string;
  readonly model_size_bytes?: number;
  readonly mmproj_sha256?: string;
  readonly mmproj_size_bytes?: number;
  /** Where it was fetched from, in no fixed form. */
  readonly source?: string;
}

/** In the schema `failsafe` nothing is but text. */
const text = z
  .string()
  .transform((value) => (/^(?:|~|null)$/i.test(value) ? undefined : value))
  .optional()
  .catch(undefined);
const size = text.transform((value) =>
  /^\d{1,15}$/.test(value ?? '') ? Number(value) : undefined,
);
const sha256 = text.transform((value) => /^[0-9a-f]{64}$/.exec(value?.toLowerCase() ?? '')?.[0]);

const schema = z.object({
  model_path: z.string().min(1),
  mmproj_path: text,
  name: text,
  size_bytes: size,
  sha256,
  model_sha256: sha256,
  model_size_bytes: size,
  mmproj_sha256: sha256,
  mmproj_size_bytes: size,
  source: text,
});

/**
 * Reads a `model.yml`. What makes no sense in it is left out, except for the model's path.
 * @throws Error if it is not YAML or names no model; the message says which
 */
export function parseModelFile(yaml: string): JanModelFile {
  const parsed = schema.safeParse(readYaml(yaml)).data;
  if (parsed === undefined) throw new Error(t('it names no file'));
  const { sha256: older, model_sha256: newer, ...rest } = parsed;
  return withoutUndefined({ ...rest, model_sha256: newer ?? older });
}

/** A `model.yml` as Jan reads it. */
export function formatModelFile(file: JanModelFile): string {
  return stringify(file);
}

/** Text only: a digest may consist of digits. */
function readYaml(yaml: string): unknown {
  try {
    return readYamlText(yaml);
  } catch {
    throw new Error(t('it is not YAML'));
  }
}
