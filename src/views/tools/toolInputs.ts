import * as z from 'zod/mini';

/** Longer than any sensible query. */
const QUERY_LENGTH = 500;
/** Of one answer: a conversation has better uses for its room. */
const MOST_MODELS = 25;
const USUAL_MODELS = 10;
/** Tokens of a context: from too few for a question to more than any model was made for. */
const CONTEXT = { least: 256, most: 16_777_216 };

const searchInput = z.object({
  query: z.string().check(z.maxLength(QUERY_LENGTH)),
  limit: z._default(z.int().check(z.gte(1), z.lte(MOST_MODELS)), USUAL_MODELS),
});

const recommendInput = z.object({
  id: z.string().check(z.maxLength(QUERY_LENGTH)),
  contextLength: z.exactOptional(z.int().check(z.gte(CONTEXT.least), z.lte(CONTEXT.most))),
});

export type SearchInput = z.infer<typeof searchInput>;
export type RecommendInput = z.infer<typeof recommendInput>;

/** What a language model asks for, checked. @throws ToolInputError, which says what is wrong */
export function readSearchInput(input: unknown): SearchInput {
  return read(searchInput, input);
}

/** See readSearchInput. */
export function readRecommendInput(input: unknown): RecommendInput {
  return read(recommendInput, input);
}

/** What is wrong with the input of a tool, for the language model that has to correct it. */
export class ToolInputError extends Error {
  override readonly name = 'ToolInputError';
}

function read<T>(schema: z.ZodMiniType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = result.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'input'}: ${message}`,
  );
  throw new ToolInputError(`The input does not fit the schema of the tool. ${issues.join('; ')}`);
}
