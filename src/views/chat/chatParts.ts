import * as vscode from 'vscode';
import type {
  ChatImage,
  ChatMessage,
  ChatPart,
  ChatRequest,
  ChatSampling,
  ChatText,
  ChatTool,
  ToolCall,
} from '../../runtime/chat/conversation.ts';

type RequestMessage = vscode.LanguageModelChatRequestMessage;

/** The conversation as a runtime takes it. What it has no words for is left out. */
export function chatMessages(messages: readonly RequestMessage[]): ChatMessage[] {
  return messages.flatMap(({ role, content }): ChatMessage[] => {
    switch (role) {
      case vscode.LanguageModelChatMessageRole.Assistant:
        return [assistantMessage(content)];
      case vscode.LanguageModelChatMessageRole.User:
        return userMessages(content);
      // A role that the API does not name yet: whoever else speaks gives instructions.
      default:
        return [{ role: 'system', text: joined((content as unknown[]).flatMap(userParts)) }];
    }
  });
}

/** What the request says besides the conversation. */
export function chatOptions({
  tools = [],
  toolMode,
  modelOptions = {},
}: vscode.ProvideLanguageModelChatResponseOptions): Pick<
  ChatRequest,
  'tools' | 'mustCall' | 'sampling'
> {
  return {
    tools: tools.map(({ name, description, inputSchema }): ChatTool => {
      return { name, description, ...(inputSchema !== undefined && { inputSchema }) };
    }),
    mustCall: toolMode === vscode.LanguageModelChatToolMode.Required,
    sampling: samplingOf(modelOptions),
  };
}

/** A piece of the answer as the editor takes it. */
export function responsePart(part: ChatPart): vscode.LanguageModelResponsePart {
  if (part.type === 'text') return new vscode.LanguageModelTextPart(part.text);
  const { id, name, input } = part.call;
  return new vscode.LanguageModelToolCallPart(id, name, input);
}

/** All that is text in a message, for counting it. */
export function textOf({ content }: RequestMessage): string {
  return content
    .map((part) => {
      if (part instanceof vscode.LanguageModelToolCallPart) {
        return `${part.name} ${JSON.stringify(part.input)}`;
      }
      if (part instanceof vscode.LanguageModelToolResultPart)
        return joined(part.content.flatMap(userParts));
      return joined(userParts(part));
    })
    .join('\n');
}

/** A tool's answer comes right after the call. */
function userMessages(content: RequestMessage['content']): ChatMessage[] {
  const answers = content.flatMap(toolMessage);
  const parts = content.flatMap(userParts);
  return parts.length === 0 ? answers : [...answers, { role: 'user', content: parts }];
}

function assistantMessage(content: RequestMessage['content']): ChatMessage {
  const calls = content.flatMap((part): ToolCall[] =>
    part instanceof vscode.LanguageModelToolCallPart
      ? [{ id: part.callId, name: part.name, input: part.input as ToolCall['input'] }]
      : [],
  );
  return { role: 'assistant', text: joined(content.flatMap(userParts)), calls };
}

function toolMessage(part: unknown): ChatMessage[] {
  if (!(part instanceof vscode.LanguageModelToolResultPart)) return [];
  return [{ role: 'tool', callId: part.callId, text: joined(part.content.flatMap(userParts)) }];
}

function userParts(part: unknown): (ChatText | ChatImage)[] {
  if (part instanceof vscode.LanguageModelTextPart) return [{ type: 'text', text: part.value }];
  if (part instanceof vscode.LanguageModelPromptTsxPart) {
    return [{ type: 'text', text: JSON.stringify(part.value) }];
  }
  if (!(part instanceof vscode.LanguageModelDataPart)) return [];
  const { mimeType, data } = part;
  if (mimeType.startsWith('image/')) return [{ type: 'image', mimeType, data }];
  const isText = mimeType.startsWith('text/') || mimeType === 'application/json';
  return isText ? [{ type: 'text', text: Buffer.from(data).toString('utf8') }] : [];
}

function joined(parts: readonly (ChatText | ChatImage)[]): string {
  return parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** Other extensions may write anything here. */
function samplingOf(options: Readonly<Record<string, unknown>>): ChatSampling {
  const number = (name: string): number | undefined => {
    const value = options[name];
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  };
  const [temperature, topP] = [number('temperature'), number('top_p')];
  const [maxTokens, seed] = [number('max_tokens'), number('seed')];
  return {
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(seed !== undefined && { seed }),
  };
}
