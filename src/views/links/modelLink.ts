import type { ModelId } from '../../sync/model.ts';
import { modelIn } from '../search/pastedModel.ts';

/** What a link asks for. */
export interface LinkedModel {
  readonly id: ModelId;
  /** The name or the quantisation of a variant, as written: nobody has looked whether it exists. */
  readonly variant?: string;
}

/** The parts of an address that a link to a model is read from, decoded. */
export interface LinkAddress {
  readonly path: string;
  readonly query: string;
}

/** Longer than any link that this extension makes. */
const MOST_CHARACTERS = 512;
/** Files and quantisations: no folders, no control characters. */
const VARIANT = /^\w[\w .+-]{0,199}$/;

/**
 * The model that a link names: `/model/<owner>/<name>`, or `/model?id=<owner>/<name>`, each with
 * `variant=` in its query if it is about one. Never throws.
 * @returns undefined if it is no link to a model
 */
export function parseModelLink({ path, query }: LinkAddress): LinkedModel | undefined {
  if (path.length + query.length > MOST_CHARACTERS) return undefined;
  const parameters = new URLSearchParams(query);
  const named = /^\/model\/([^/]+\/[^/]+)\/?$/.exec(path)?.[1];
  const asked = /^(?:\/|\/model\/?)?$/.test(path) ? (parameters.get('id') ?? undefined) : undefined;
  const id = named ?? asked;
  // Only what is written as a model is: nothing that has to be cut down to one.
  if (id === undefined || id.includes('..') || modelIn(id) !== id) return undefined;
  const variant = parameters.get('variant') ?? undefined;
  if (variant === undefined) return { id };
  return VARIANT.test(variant) && !variant.includes('..') ? { id, variant } : undefined;
}

/**
 * A link that opens a model in the editor.
 * @param scheme of the editor, `vscode`
 * @param extension its id, `publisher.name`
 */
export function modelLink(scheme: string, extension: string, id: ModelId): string {
  return `${scheme}://${extension}/model/${id}`;
}

/** An address as it may stand in a log or a message: short, and without characters that mislead. */
export function shownAddress({ path, query }: LinkAddress): string {
  const text = (query === '' ? path : `${path}?${query}`).replace(/[^\x20-\x7e]+|[[\]()]+/g, '�');
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
