import { apiName } from '../../runtime/apiName.ts';
import type { InstalledEntry } from '../../runtime/installed.ts';

/** JavaScript that asks a running model by the OpenAI-compatible API of its runtime. */
export function openAiSnippet(entry: {
  readonly id: string;
  readonly runtime: Pick<InstalledEntry['runtime'], 'kind' | 'api'>;
}): string {
  const address = `${entry.runtime.api ?? ''}/chat/completions`;
  return `const response = await fetch(${JSON.stringify(address)}, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    model: ${JSON.stringify(apiName(entry))},
    messages: [{ role: 'user', content: 'Hello!' }],
  }),
});
const { choices } = await response.json();
console.log(choices[0].message.content);
`;
}
