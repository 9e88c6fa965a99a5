import { rename, writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import * as vscode from 'vscode';

/** Timers are late while the host, or the machine, is busy. */
const TICK_MS = 50;
const LATE_MS = 10;
const QUIET_TICKS = 20;

/** Shows in the status bar when the host has been at rest for a second. */
function tellWhenAtRest(item) {
  let quiet = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    quiet = now - last - TICK_MS < LATE_MS ? quiet + 1 : 0;
    last = now;
    if (quiet < QUIET_TICKS) return;
    clearInterval(timer);
    item.text = 'at rest';
    item.show();
  }, TICK_MS);
  return { dispose: () => clearInterval(timer) };
}

/** Writes the performance marks of the extension host and the scripts it has loaded. */
export function activate(context) {
  const file = process.env.MODEL_HUB_BENCH_REPORT;
  const report = async () => {
    const marks = performance
      .getEntriesByType('mark')
      .filter(({ name }) => /^(?:modelHub|staticTree)\./.test(name))
      .map(({ name, startTime }) => ({ name, startTime }));
    const told = { marks, scripts: await loadedScripts(), memory: await memoryInUse() };
    await writeFile(`${file}.part`, JSON.stringify(told));
    await rename(`${file}.part`, file);
  };
  const item = vscode.window.createStatusBarItem('probe.rest');
  context.subscriptions.push(item, tellWhenAtRest(item));
  context.subscriptions.push(
    vscode.commands.registerCommand('probe.report', report),
    vscode.commands.registerCommand('probe.emptyPanel', emptyPanel),
  );
  const opener = vscode.window.createStatusBarItem('probe.emptyPanel');
  opener.text = 'empty panel';
  opener.command = 'probe.emptyPanel';
  opener.show();
  context.subscriptions.push(opener);
}

/** Bytes that the extension host holds on to, once what it does not need is collected. */
async function memoryInUse() {
  const session = new Session();
  session.connect();
  // What finalisers let go of is garbage only the second time.
  for (let times = 0; times < 2; times++) await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A panel with nothing in it but a heading, as far as a peer of the details page can be. */
function emptyPanel() {
  const panel = vscode.window.createWebviewPanel('probe.empty', 'Empty', vscode.ViewColumn.Active, {
    enableScripts: true,
  });
  panel.webview.html = `<!DOCTYPE html>
    <html><head>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'">
    </head><body><h1>Empty</h1></body></html>`;
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
