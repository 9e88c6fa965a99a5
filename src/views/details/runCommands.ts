import type { InstalledEntry } from '../../runtime/installed.ts';
import type { ModelId, Variant } from '../../sync/model.ts';
import { openAiSnippet } from '../installed/snippet.ts';
import type { RunCommand } from './messages.ts';
import type { Wording } from './wording.ts';

/** Where `llama-server` listens unless it is told otherwise. */
const LLAMA_SERVER = { kind: 'server', api: 'http://127.0.0.1:8080/v1' } as const;
/** Names that mean nothing to any shell: others are never put on a command line. */
const PLAIN_ID = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;
const PLAIN_TAG = /^\w+$/;

/**
 * How to run a variant with the programs that know models by their names on Hugging Face.
 * @param installed what is installed of the model
 */
export function runCommands(
  id: ModelId,
  variant: Variant,
  installed: readonly InstalledEntry[],
  { t }: Wording,
): RunCommand[] {
  const { quantisation = '', files, name } = variant;
  if (!PLAIN_ID.test(id) || !files.every(({ path }) => /\.gguf$/i.test(path))) return [];
  const tagged = PLAIN_TAG.test(quantisation) ? `${id}:${quantisation}` : id;
  const running = installed.find(
    ({ from, running, runtime }) =>
      from?.variant === name && running === true && runtime.api !== undefined,
  );
  const snippet = openAiSnippet(running ?? { id: tagged, runtime: LLAMA_SERVER });
  return [
    { key: 'llamaServer', name: 'llama.cpp', text: `llama-server -hf ${tagged}` },
    { key: 'ollama', name: 'Ollama', text: `ollama run hf.co/${tagged}` },
    { key: 'jan', name: 'Jan', text: `jan serve ${id}` },
    {
      key: 'openAi',
      name:
        running === undefined
          ? t('JavaScript, with llama-server running')
          : t('JavaScript, with {0} as it runs', running.runtime.name),
      text: snippet,
    },
  ];
}
