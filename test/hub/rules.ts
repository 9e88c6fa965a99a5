import type { Facts } from './repository.ts';

interface Family {
  readonly pattern: RegExp;
  readonly architecture: string;
  readonly context: number;
  readonly license: string;
}

/** First match wins; the README repeats this table in words. */
const FAMILIES: readonly Family[] = [
  {
    pattern: /qwen3\.5.*a\d+b/i,
    architecture: 'qwen35moe',
    context: 262144,
    license: 'apache-2.0',
  },
  { pattern: /qwen3\.5/i, architecture: 'qwen35', context: 262144, license: 'apache-2.0' },
  { pattern: /qwen3.*a\d+b/i, architecture: 'qwen3moe', context: 262144, license: 'apache-2.0' },
  { pattern: /qwen-?3|jan|lucy/i, architecture: 'qwen3', context: 40960, license: 'apache-2.0' },
  { pattern: /qwen|qwq/i, architecture: 'qwen2', context: 32768, license: 'apache-2.0' },
  { pattern: /gpt-oss/i, architecture: 'gpt-oss', context: 131072, license: 'apache-2.0' },
  { pattern: /gemma-?3n/i, architecture: 'gemma3n', context: 32768, license: 'gemma' },
  { pattern: /gemma-?3/i, architecture: 'gemma3', context: 131072, license: 'gemma' },
  { pattern: /gemma/i, architecture: 'gemma2', context: 8192, license: 'gemma' },
  { pattern: /deepseek/i, architecture: 'deepseek2', context: 163840, license: 'mit' },
  { pattern: /glm/i, architecture: 'glm4', context: 131072, license: 'mit' },
  { pattern: /phi/i, architecture: 'phi3', context: 131072, license: 'mit' },
  { pattern: /lfm/i, architecture: 'lfm2', context: 128000, license: 'other' },
  { pattern: /granite/i, architecture: 'granite', context: 131072, license: 'apache-2.0' },
  { pattern: /smollm3/i, architecture: 'smollm3', context: 65536, license: 'apache-2.0' },
  { pattern: /llama-?3\.2/i, architecture: 'llama', context: 131072, license: 'llama3.2' },
  { pattern: /llama-?3\.1/i, architecture: 'llama', context: 131072, license: 'llama3.1' },
  { pattern: /llama-?3/i, architecture: 'llama', context: 8192, license: 'llama3' },
  {
    pattern: /mistral|mixtral|nemo|cydonia/i,
    architecture: 'llama',
    context: 131072,
    license: 'apache-2.0',
  },
];
const OTHER = { architecture: 'llama', context: 4096, license: 'apache-2.0' };

const TASKS: readonly (readonly [RegExp, string])[] = [
  [/whisper|parakeet|asr/i, 'automatic-speech-recognition'],
  [/kokoro|tts|csm/i, 'text-to-speech'],
  [/embed|minilm|bge/i, 'feature-extraction'],
  [/rerank/i, 'text-ranking'],
  [/[-_.]vl[-_.]|vlm|vision|ocr/i, 'image-text-to-text'],
];

/** Weights that a repository's name promises ("8B", "270m", "8x7B"), else undefined. */
export function parametersInName(name: string): number | undefined {
  const experts = /(?:^|[-_.])(\d+)x(\d+(?:\.\d+)?)b(?![a-z])/i.exec(name);
  if (experts) return Math.round(Number(experts[1]) * Number(experts[2]) * 1e9);
  const plain = /(?:^|[-_.])(\d+(?:\.\d+)?)(b|m)(?![a-z])/i.exec(name);
  if (!plain) return undefined;
  return Math.round(Number(plain[1]) * (plain[2]?.toLowerCase() === 'b' ? 1e9 : 1e6));
}

/** Everything the Hub would have computed and a catalogue record does not say. */
export function factsFromName(
  name: string,
  known: { tools: boolean; library: string; projector: boolean; largestFile: number },
): Omit<Facts, 'base' | 'description'> {
  const family = FAMILIES.find(({ pattern }) => pattern.test(name)) ?? OTHER;
  const task = TASKS.find(([pattern]) => pattern.test(name))?.[1];
  return {
    license: family.license,
    architecture: family.architecture,
    context: family.context,
    parameters: parametersInName(name) ?? Math.round(known.largestFile / 2),
    tools: known.tools,
    library: known.library,
    pipeline: task ?? (known.projector ? 'image-text-to-text' : 'text-generation'),
  };
}

const CONVERSATIONAL = new Set(['text-generation', 'image-text-to-text']);

/** Tags as the Hub orders them: libraries, languages, lineage, licence, task flags, region. */
export function tagsOf(author: string, facts: Facts, hasImatrix: boolean): string[] {
  const libraries = facts.library === 'mlx' ? ['mlx', 'safetensors'] : [facts.library];
  const lineage = facts.base
    ? [`base_model:${facts.base}`, `base_model:quantized:${facts.base}`]
    : [];
  return [
    ...new Set([
      ...libraries,
      ...(author === 'cortexso' ? ['cortex.cpp'] : []),
      facts.pipeline,
      'en',
      ...lineage,
      `license:${facts.license}`,
      'endpoints_compatible',
      ...(hasImatrix ? ['imatrix'] : []),
      ...(CONVERSATIONAL.has(facts.pipeline) ? ['conversational'] : []),
      'region:us',
    ]),
  ];
}

const TURNS = `{%- for message in messages %}
  {{- '<|im_start|>' + message['role'] + '\\n' + message['content'] | trim + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}
`;
const TOOLS = `{%- if tools %}
  {{- '<|im_start|>system\\nYou may call these functions:\\n<tools>' }}
  {%- for tool in tools %}{{- '\\n' + (tool | tojson) }}{%- endfor %}
  {{- '\\n</tools>\\nAnswer a call inside <tool_call></tool_call>.<|im_end|>\\n' }}
{%- endif %}
`;

/** Kilobytes of Jinja, as the Hub sends them with `expand=gguf`; speaks of tools only if asked to. */
export function chatTemplate(architecture: string, tools: boolean, macros: number): string {
  const padding = Array.from(
    { length: macros },
    (_, index) =>
      `{%- macro render_part_${index}(part) %}\n  {%- if part is string %}{{- part }}` +
      `{%- elif part['type'] == 'text' %}{{- part['text'] }}{%- endif %}\n{%- endmacro %}\n`,
  );
  return `{#- ${architecture} -#}\n${padding.join('')}${tools ? TOOLS : ''}${TURNS}`;
}
