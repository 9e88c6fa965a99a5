import type { Draft } from './draft.ts';
import type { Random } from './random.ts';
import { random } from './random.ts';
import type { RepositoryFile } from './repository.ts';
import { blob, text } from './repository.ts';
import { factsFromName } from './rules.ts';

/** Authors and how often they come up, in the proportions of Jan's catalogue; the rest is invented. */
const AUTHORS: readonly (readonly [string, number])[] = [
  ['mradermacher', 15],
  ['bartowski', 12],
  ['unsloth', 9],
  ['DavidAU', 4],
  ['TheDrummer', 4],
  ['LiquidAI', 3],
  ['QuantFactory', 3],
  ['MaziyarPanahi', 2],
  ['lmstudio-community', 2],
  ['prithivMLmods', 2],
  ['ggml-org', 2],
  ['Qwen', 2],
];
const INVENTED_AUTHORS = Array.from({ length: 24 }, (_, index) => `open-weights-${index + 1}`);
const MLX_AUTHOR = 'mlx-community';

const FAMILIES: readonly (readonly [string, readonly string[]])[] = [
  ['Qwen3.5', ['0.8B', '2B', '4B', '9B', '27B', '35B-A3B', '122B-A10B']],
  ['Qwen3', ['0.6B', '1.7B', '4B', '8B', '14B', '32B', '30B-A3B']],
  ['Qwen2.5-Coder', ['0.5B', '1.5B', '3B', '7B', '14B', '32B']],
  ['Llama-3.2', ['1B', '3B']],
  ['Meta-Llama-3.1', ['8B', '70B']],
  ['gemma-3', ['1b', '4b', '12b', '27b']],
  ['gpt-oss', ['20b', '120b']],
  ['Mistral-Small-3.2', ['24B']],
  ['Ministral-3', ['3B', '8B', '14B']],
  ['Phi-4', ['3.8B', '14B']],
  ['GLM-4.7', ['9B', '30B-A3B']],
  ['DeepSeek-R1-Distill', ['1.5B', '7B', '8B', '14B', '32B', '70B']],
  ['granite-4.0', ['3B', '7B', '32B']],
  ['LFM2.5', ['350M', '1.2B', '2.6B']],
];
const FLAVOURS = [
  'Instruct',
  'Chat',
  'Base',
  'Thinking',
  'Reasoning',
  'Coder',
  'Math',
  'Roleplay',
  'Writer',
  'abliterated',
  'Instruct-2507',
  'Distill',
  'Preview',
  'Merged',
  'DPO',
  'Tool',
  'VL',
];

/** Bits a weight takes, by quantisation: of the layers alone, embedding and output apart. */
const QUANTS: readonly (readonly [string, number])[] = [
  ['IQ1_M', 1.75],
  ['IQ2_XXS', 2.06],
  ['IQ2_M', 2.7],
  ['IQ3_XXS', 3.06],
  ['IQ3_M', 3.66],
  ['IQ4_XS', 4.25],
  ['IQ4_NL', 4.5],
  ['Q2_K', 2.96],
  ['Q2_K_L', 3.1],
  ['Q3_K_S', 3.44],
  ['Q3_K_M', 3.8],
  ['Q3_K_L', 4.1],
  ['Q4_0', 4.5],
  ['Q4_1', 5],
  ['Q4_K_S', 4.55],
  ['Q4_K_M', 4.8],
  ['Q4_K_L', 4.9],
  ['Q5_0', 5.5],
  ['Q5_1', 6],
  ['Q5_K_S', 5.5],
  ['Q5_K_M', 5.65],
  ['Q6_K', 6.56],
  ['Q8_0', 8.5],
  ['BF16', 16],
  ['F16', 16],
  ['F32', 32],
];
/** Deciles of the number of quantisations a repository has in Jan's catalogue. */
const QUANT_COUNTS = [1, 1, 2, 4, 5, 8, 12, 14, 23, 24, 26];
const COMMON = ['Q4_K_M', 'Q8_0', 'Q5_K_M', 'Q6_K', 'Q3_K_M', 'Q2_K', 'IQ4_XS', 'Q4_0'];
const SHARD = 48 * 1024 ** 3;

/** Words of a usual vocabulary. */
const VOCABULARY = 150_000;
/** What llama.cpp leaves embedding and output tensors at least, in bits. */
const OUTER_BITS = 6.56;

/** Bytes of a model: the fewer its weights, the more of them are embedding, which keeps its bits. */
function fileSize(parameters: number, bits: number): number {
  const width = 2 * Math.cbrt(parameters);
  const outer = Math.min(parameters * 0.6, VOCABULARY * width);
  return Math.round(((parameters - outer) * bits + outer * Math.max(bits, OUTER_BITS)) / 8);
}

function authorFor(draw: Random): string {
  const ticket = draw.next() * 100;
  let passed = 0;
  for (const [author, share] of AUTHORS) {
    passed += share;
    if (ticket < passed) return author;
  }
  return draw.pick(INVENTED_AUTHORS);
}

function quantFiles(id: string, stem: string, parameters: number, draw: Random): RepositoryFile[] {
  const wanted = QUANT_COUNTS[draw.between(0, QUANT_COUNTS.length - 1)] ?? 1;
  const order = [...QUANTS].sort((a, b) => rank(a[0]) - rank(b[0]));
  return order.slice(0, wanted).flatMap(([quant, bits]) => {
    const size = fileSize(parameters, bits) + draw.between(4_000_000, 9_000_000);
    const parts = Math.ceil(size / SHARD);
    if (parts === 1) return [blob(id, `${stem}-${quant}.gguf`, size)];
    return Array.from({ length: parts }, (_, part) => {
      const number = (value: number) => String(value).padStart(5, '0');
      const path = `${quant}/${stem}-${quant}-${number(part + 1)}-of-${number(parts)}.gguf`;
      return blob(id, path, part === parts - 1 ? size - (parts - 1) * SHARD : SHARD);
    });
  });
}

function rank(quant: string): number {
  const at = COMMON.indexOf(quant);
  return at < 0 ? COMMON.length : at;
}

function mlxFiles(id: string, parameters: number, draw: Random): RepositoryFile[] {
  const size = Math.round((parameters * draw.pick([4.5, 6.5, 8.5, 16])) / 8);
  const part = 5 * 1024 ** 3;
  const parts = Math.max(1, Math.ceil(size / part));
  const number = (value: number) => String(value).padStart(5, '0');
  return Array.from({ length: parts }, (_, index) =>
    blob(
      id,
      parts === 1
        ? 'model.safetensors'
        : `model-${number(index + 1)}-of-${number(parts)}.safetensors`,
      index === parts - 1 ? size - (parts - 1) * part : part,
    ),
  );
}

/** Downloads in a month, by the quantiles of Jan's catalogue: most repositories have few, some many. */
function downloadsFor(draw: Random): number {
  return Math.floor(Math.exp(6 + draw.next() * 3.2 + draw.next() ** 4 * 4.5));
}

/** The repository number `index` that follows from the seed alone. */
export function grownDraft(seed: number, index: number): Draft {
  const draw = random(seed, 'grown', index);
  const isMlx = draw.chance(0.08);
  const [family, sizes] = draw.pick(FAMILIES);
  const size = draw.pick(sizes);
  const stem = `${family}-${size}-${draw.pick(FLAVOURS)}-v${index}`;
  const id = isMlx ? `${MLX_AUTHOR}/${stem}-4bit` : `${authorFor(draw)}/${stem}-GGUF`;
  const facts = factsFromName(stem, {
    tools: !isMlx && draw.chance(0.6),
    library: isMlx ? 'mlx' : 'gguf',
    projector: false,
    largestFile: 0,
  });
  const weights = isMlx
    ? mlxFiles(id, facts.parameters, draw)
    : quantFiles(id, stem, facts.parameters, draw);
  const isVision = facts.pipeline === 'image-text-to-text' && !isMlx;
  const extras = [
    ...(isVision ? [blob(id, 'mmproj-F16.gguf', draw.between(600, 1700) * 1_000_000)] : []),
    ...(!isMlx && draw.chance(0.05)
      ? [blob(id, 'imatrix.gguf', draw.between(4, 300) * 1_000_000)]
      : []),
  ];
  const texts = ['.gitattributes', 'README.md', ...(isMlx ? ['config.json'] : [])].map(text);
  const downloads = downloadsFor(draw);
  const born = Date.UTC(2024, 0, 1) + draw.next() * 800 * 86_400_000;
  return {
    id,
    createdAt: new Date(Math.floor(born / 1000) * 1000).toISOString(),
    facts: { ...facts, base: `${family}/${family}-${size}` },
    files: [...texts, ...weights, ...extras],
    branches: [],
    counters: {
      downloads,
      likes: Math.floor(downloads / draw.between(100, 500)),
      trendingScore: draw.between(0, 60),
    },
  };
}
