import * as vscode from 'vscode';

const TOOLS = [
  { name: 'weather', description: 'Tells the weather.', inputSchema: { type: 'object' } },
];

/** Asks the chosen model, does what it wants done, and shows what it says. */
export function activate(context) {
  const answer = async ({ model, prompt }, _context, stream, token) => {
    const messages = [vscode.LanguageModelChatMessage.User(prompt)];
    const tools = prompt.includes('weather') ? TOOLS : [];
    if (prompt.includes('tokens')) {
      stream.markdown(`${await model.countTokens(prompt, token)} tokens`);
      return;
    }
    for (;;) {
      const response = await model.sendRequest(messages, { tools }, token);
      const calls = [];
      for await (const part of response.stream) {
        if (part instanceof vscode.LanguageModelTextPart) stream.markdown(part.value);
        if (part instanceof vscode.LanguageModelToolCallPart) calls.push(part);
      }
      if (calls.length === 0) return;
      messages.push(vscode.LanguageModelChatMessage.Assistant(calls));
      const results = calls.map(({ callId, input }) => {
        const text = new vscode.LanguageModelTextPart(`Rain in ${input.place}`);
        return new vscode.LanguageModelToolResultPart(callId, [text]);
      });
      messages.push(vscode.LanguageModelChatMessage.User(results));
    }
  };
  context.subscriptions.push(vscode.chat.createChatParticipant('asker.local', answer));
}
