import { rename, writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import * as vscode from 'vscode';

/** Writes the performance marks of the extension host and the scripts it has loaded. */
export function activate(context) {
  const file = process.env.MODEL_HUB_BENCH_REPORT;
  const report = async () => {
    const marks = performance
      .getEntriesByType('mark')
      .filter(({ name }) => name.startsWith('modelHub.'))
      .map(({ name, startTime }) => ({ name, startTime }));
    await writeFile(`${file}.part`, JSON.stringify({ marks, scripts: await loadedScripts() }));
    await rename(`${file}.part`, file);
  };
  context.subscriptions.push(vscode.commands.registerCommand('probe.report', report));
}

/** The debugger names every script that is loaded by the time it is enabled. */
async function loadedScripts() {
  const session = new Session();
  const scripts = [];
  session.on('Debugger.scriptParsed', ({ params }) => scripts.push(params.url));
  session.connect();
  await session.post('Debugger.enable');
  await session.post('Debugger.disable');
  session.disconnect();
  return scripts;
}
