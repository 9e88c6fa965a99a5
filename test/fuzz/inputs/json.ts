import { inspect } from 'node:util';
import fc from 'fast-check';
import type { Damage, Mutation } from '../../faults/support/mutations.ts';
import { asBody, damage, damaged, mutated, mutation } from '../../faults/support/mutations.ts';

type Members = Readonly<Record<string, unknown>>;

/** The body of an answer that should be JSON. */
export class JsonBody {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  [inspect.custom](): string {
    return this.bytes.toString('utf8').slice(0, 4_000);
  }
}

/** The body of a list, and those of its entries that are as they should be. */
export class ListBody<E> extends JsonBody {
  /** The entries as they are told, each a document. */
  readonly lines: readonly Buffer[];
  readonly whole: readonly E[];
  /** Nothing was done to the list but to its other entries: all that is whole has to be read. */
  readonly isList: boolean;

  constructor(bytes: Buffer, lines: readonly Buffer[], whole: readonly E[], isList: boolean) {
    super(bytes);
    this.lines = lines;
    this.whole = whole;
    this.isList = isList;
  }
}

const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });

/** A valid document, often with changes of its structure, sometimes of its text. */
export function jsonBody(document: fc.Arbitrary<unknown>): fc.Arbitrary<JsonBody> {
  return fc
    .tuple(document, fc.array(mutation, { maxLength: 4 }), rarely(damage))
    .map(([whole, changes, text]) => new JsonBody(bodyOf(whole, changes, text)));
}

/**
 * A list of valid entries, of which some are changed, or else all of the list.
 * @param wrap the document that holds the list
 */
export function listBody<E>(
  entry: fc.Arbitrary<E>,
  idOf: (entry: E) => string,
  wrap: (entries: readonly unknown[]) => unknown = (entries) => entries,
): fc.Arbitrary<ListBody<E>> {
  const entries = fc.uniqueArray(entry, { selector: idOf, maxLength: 4 });
  const harmed = fc
    .tuple(entries, fc.array(fc.option(mutations, { freq: 2 }), { minLength: 4, maxLength: 4 }))
    .map(([list, harm]) => {
      const told = list.map((one, index) => harmedEntry(one, harm[index] ?? null));
      const whole = list.filter((_, index) => harm[index] === null);
      return new ListBody(asBody(wrap(told)), told.map(asBody), whole, true);
    });
  const broken = fc.tuple(entries, mutations, rarely(damage)).map(([list, changes, text]) => {
    const bytes = bodyOf(wrap(list), changes, text);
    return new ListBody(bytes, [bytes], list, false);
  });
  return fc.oneof({ weight: 3, arbitrary: harmed }, { weight: 2, arbitrary: broken });
}

/** Members of which each may be missing, in front of those that may not. */
export function membersOf(
  required: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  optional: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<Members> {
  return fc.record({ ...optional, ...required }, { requiredKeys: Object.keys(required) });
}

function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

function harmedEntry(entry: unknown, harm: readonly Mutation[] | null): unknown {
  return harm === null ? entry : (mutated(entry, harm) ?? null);
}

function bodyOf(document: unknown, changes: readonly Mutation[], text: Damage | null): Buffer {
  const body = asBody(mutated(document, changes));
  return text === null ? body : damaged(body, text);
}
