import type { ModelRecord } from './model.ts';
import { nameOf } from './modelId.ts';

/** Families by what their names begin with; of those that share a begin, the longer comes first. */
const FAMILIES: readonly (readonly [begin: string, family: string])[] = [
  ...['qwen', 'qwq', 'qvq'].map((begin) => [begin, 'Qwen'] as const),
  ...['gemma', 'medgemma', 'paligemma', 'codegemma'].map((begin) => [begin, 'Gemma'] as const),
  ...['llama', 'tinyllama', 'codellama'].map((begin) => [begin, 'Llama'] as const),
  ...['mistral', 'mixtral', 'ministral', 'magistral', 'devstral', 'codestral', 'pixtral'].map(
    (begin) => [begin, 'Mistral'] as const,
  ),
  ['deepseek', 'DeepSeek'],
  ['phi', 'Phi'],
  ['jan', 'Jan'],
  ['gpt', 'GPT'],
  ['glm', 'GLM'],
  ['granite', 'Granite'],
  ['hermes', 'Hermes'],
  ['lfm', 'LFM'],
  ['minicpm', 'MiniCPM'],
  ['hunyuan', 'Hunyuan'],
  ['ernie', 'ERNIE'],
  ['smollm', 'SmolLM'],
  ['smolvlm', 'SmolVLM'],
  ['internvl', 'InternVL'],
  ['kimi', 'Kimi'],
  ['falcon', 'Falcon'],
  ['dolphin', 'Dolphin'],
  ['command', 'Command'],
  ['nemotron', 'Nemotron'],
  ['olmo', 'OLMo'],
  ['yi', 'Yi'],
];

/**
 * The family a model belongs to: by its own name first, since a distillation is known by its own;
 * then by what it was made from (`base_model:` among the tags) and by its architecture.
 */
export function familyOf({ id, tags = [], architecture = '' }: ModelRecord): string | undefined {
  const bases = tags
    .filter((tag) => tag.startsWith('base_model:'))
    .map((tag) => tag.slice(tag.lastIndexOf('/') + 1));
  for (const text of [nameOf(id), ...bases, architecture]) {
    const family = familyIn(text);
    if (family !== undefined) return family;
  }
  return undefined;
}

/** The family whose name a word of the text begins with; the first word that has one counts. */
function familyIn(text: string): string | undefined {
  for (const word of text.toLowerCase().split(/[^a-z\d]+/)) {
    const found = FAMILIES.find(([begin]) => isFamilyName(word, begin));
    if (found !== undefined) return found[1];
  }
  return undefined;
}

/** `qwen`, `qwen3` and `qwen2vl` are; `janitor` and `yield` are other words. */
function isFamilyName(word: string, begin: string): boolean {
  if (!word.startsWith(begin)) return false;
  const rest = word.slice(begin.length);
  return (
    rest === '' || /^\d/.test(rest) || (begin.length > 3 && /^(?:v|vl|n|moe|coder)$/.test(rest))
  );
}
