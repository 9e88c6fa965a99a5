/** A conversation with a model that a runtime runs. Plain data, so that it crosses between threads. */

export interface ChatText {
  readonly type: 'text';
  readonly text: string;
}

export interface ChatImage {
  readonly type: 'image';
  /** `image/png` … */
  readonly mimeType: string;
  readonly data: Uint8Array;
}

/** The model wants a tool to be called. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export type ChatMessage =
  | { readonly role: 'system'; readonly text: string }
  | { readonly role: 'user'; readonly content: readonly (ChatText | ChatImage)[] }
  | { readonly role: 'assistant'; readonly text: string; readonly calls: readonly ToolCall[] }
  /** What a tool that was called came to. */
  | { readonly role: 'tool'; readonly callId: string; readonly text: string };

/** A tool that the model may ask to be called. */
export interface ChatTool {
  readonly name: string;
  readonly description: string;
  /** JSON schema of its input; absent: it takes none. */
  readonly inputSchema?: object;
}

/** How the model is to write; what is absent is as the runtime has it. */
export interface ChatSampling {
  readonly temperature?: number;
  readonly topP?: number;
  /** Tokens after which the answer ends. */
  readonly maxTokens?: number;
  readonly seed?: number;
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ChatTool[];
  /** It has to call one of the tools. */
  readonly mustCall: boolean;
  readonly sampling: ChatSampling;
  /** How long the model may be silent, in ms. */
  readonly patience: number;
}

/** A piece of the answer. */
export type ChatPart = ChatText | { readonly type: 'call'; readonly call: ToolCall };

/** How an answer ended that is complete. */
export interface ChatEnd {
  /** As the runtime says it: `stop`, `length`, `tool_calls` …; absent if it does not. */
  readonly reason?: string;
  /** Tokens, where the runtime counts them. */
  readonly usage?: { readonly prompt: number; readonly answer: number };
}

/** How many tokens a text has: as the model splits it, or as most would. */
export interface TokenCount {
  readonly tokens: number;
  readonly sureness: 'exact' | 'estimated';
}
