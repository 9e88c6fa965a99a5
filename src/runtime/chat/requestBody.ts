import type { ChatMessage, ChatRequest } from './conversation.ts';

/** A request for a streamed chat completion, as OpenAI's API has it. */
export function requestBody(model: string, request: ChatRequest): object {
  const { messages, tools, mustCall, sampling } = request;
  const { temperature, topP, maxTokens, seed } = sampling;
  return {
    model,
    messages: messages.map(messageOf),
    stream: true,
    stream_options: { include_usage: true },
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, inputSchema }) => ({
        type: 'function',
        function: {
          ...{ name, description },
          parameters: inputSchema ?? { type: 'object', properties: {} },
        },
      })),
      tool_choice: mustCall ? 'required' : 'auto',
    }),
    // What is undefined is left out of JSON.
    ...{ temperature, top_p: topP, max_tokens: maxTokens, seed },
  };
}

function messageOf(message: ChatMessage): object {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.text };
    case 'user':
      return { role: 'user', content: contentOf(message.content) };
    case 'assistant':
      return {
        role: 'assistant',
        content: message.text,
        ...(message.calls.length > 0 && {
          tool_calls: message.calls.map(({ id, name, input }) => ({
            ...{ id, type: 'function' },
            function: { name, arguments: JSON.stringify(input) },
          })),
        }),
      };
    case 'tool':
      return { role: 'tool', tool_call_id: message.callId, content: message.text };
  }
}

/** A plain string where that says it all: older servers know nothing else. */
function contentOf(content: Extract<ChatMessage, { role: 'user' }>['content']): string | object[] {
  if (content.every(({ type }) => type === 'text')) {
    return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  }
  return content.map((part) => {
    if (part.type === 'text') return part;
    const base64 = Buffer.from(part.data).toString('base64');
    return { type: 'image_url', image_url: { url: `data:${part.mimeType};base64,${base64}` } };
  });
}
