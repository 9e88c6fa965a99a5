import type { Repository } from './repository.ts';
import { authorOf, isGguf, nameOf } from './repository.ts';
import { sizeText } from './sizeText.ts';

/** Repositories whose README carries what a page must never run. */
export const HOSTILE_READMES: readonly string[] = ['janhq/Jan-v1-4B-GGUF', 'cortexso/tinyllama'];

const GIT_ATTRIBUTES = ['*.bin', '*.gguf', '*.safetensors', '*.zip']
  .map((pattern) => `${pattern} filter=lfs diff=lfs merge=lfs -text\n`)
  .join('');

const HOSTILE = `
## Not to be trusted

<script>document.title = 'the README ran a script';</script>
<img src="x" onerror="document.title = 'the README ran a handler'">
<iframe src="https://example.com/"></iframe>

[A link that is a script](javascript:alert(document.domain)) and
[one that is a command](command:workbench.action.quit).
`;

function frontMatter(repository: Repository): string {
  const { facts } = repository;
  const base = facts.base ? `base_model: ${facts.base}\n` : '';
  return `---\nlicense: ${facts.license}\n${base}library_name: ${facts.library}\npipeline_tag: ${facts.pipeline}\nlanguage:\n- en\n---\n`;
}

function fileTable(repository: Repository): string {
  const rows = repository.files
    .filter((file) => file.size !== undefined)
    .slice(0, 40)
    .map((file) => `| ${file.path} | ${sizeText(file.size ?? 0)} |`);
  return ['| File | Size |', '| --- | ---: |', ...rows].join('\n');
}

/** Markdown with every construct a model card usually has; depends on facts and files only. */
export function readme(repository: Repository): string {
  const { id, facts } = repository;
  const name = nameOf(id);
  const variant = repository.files.find((file) => isGguf(file.path))?.path ?? 'model.safetensors';
  return `${frontMatter(repository)}
# ${name}

![Build](https://example.com/badges/${encodeURIComponent(name)}.png)

${facts.description ? `${facts.description}\n\n` : ''}**${name}** by [${authorOf(id)}](https://huggingface.co/${authorOf(id)}) has ${(facts.parameters / 1e9).toFixed(2)} billion parameters (*${facts.architecture}*) and a context of ${facts.context} tokens.

## Files

${fileTable(repository)}

## How to run

1. Download \`${variant}\`.
2. Start a server:

\`\`\`sh
llama-server -hf ${id} --ctx-size ${Math.min(8192, facts.context)}
\`\`\`

## Notes

- Chat template ${facts.tools ? 'with' : 'without'} tools
- Licence: \`${facts.license}\`

> Weights come without any warranty.
${HOSTILE_READMES.includes(id) ? HOSTILE : ''}`;
}

function configJson(repository: Repository): string {
  const { facts } = repository;
  return `${JSON.stringify({ architectures: [`${facts.architecture}ForCausalLM`], max_position_embeddings: facts.context, model_type: facts.architecture }, null, 2)}\n`;
}

function yaml(entries: Record<string, string | number>): string {
  return Object.entries(entries)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join('');
}

/** The content of a small text file, by its name. Anything unknown is one line with its own path. */
export function textOf(repository: Repository, path: string): string {
  switch (path) {
    case 'README.md':
      return readme(repository);
    case '.gitattributes':
      return GIT_ATTRIBUTES;
    case 'config.json':
      return configJson(repository);
    case 'metadata.yml':
      return yaml({ version: 1, name: nameOf(repository.id), default: 'gguf' });
    case 'model.yml':
      return yaml({
        id: nameOf(repository.id),
        name: nameOf(repository.id),
        version: 1,
        engine: 'llama-cpp',
        ctx_len: Math.min(8192, repository.facts.context),
      });
    default:
      return `${path}\n`;
  }
}
