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
  const commands = { report, emptyPanel, tellNumber, staticList };
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(`probe.${name}`, run));
  }
  for (const name of ['emptyPanel', 'tellNumber']) {
    const opener = vscode.window.createStatusBarItem(`probe.${name}`);
    opener.text = name;
    opener.command = `probe.${name}`;
    opener.show();
    context.subscriptions.push(opener);
  }
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
  const panel = newPanel();
  panel.webview.html = `<!DOCTYPE html>
    <html><head>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'">
    </head><body><h1>Empty</h1></body></html>`;
}

let told = 0;
let listener;

/** A panel that is there already and shows a number: another one each time it is asked. */
function tellNumber() {
  told++;
  if (listener === undefined) {
    listener = newPanel();
    listener.onDidDispose(() => (listener = undefined));
    listener.webview.html = `<!DOCTYPE html>
      <html><body><main><h1>Number ${told}</h1></main><script>
        addEventListener('message', ({ data }) => {
          document.querySelector('h1').textContent = 'Number ' + data;
        });
      </script></body></html>`;
  }
  listener.webview.postMessage(told);
}

function newPanel() {
  const column = vscode.ViewColumn.Active;
  return vscode.window.createWebviewPanel('probe.page', 'Page', column, { enableScripts: true });
}

const ROWS = 30;

/** A list that has other rows with each key, and nothing to look up for them. */
function staticList() {
  const pick = vscode.window.createQuickPick();
  Object.assign(pick, { sortByLabel: false });
  const list = () => {
    pick.items = Array.from({ length: ROWS }, (_, index) => ({
      ...{ label: `${pick.value} ${index}`, description: 'a row', alwaysShow: true },
    }));
  };
  pick.onDidChangeValue(list);
  pick.onDidHide(() => pick.dispose());
  list();
  pick.show();
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
