import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Started } from '../../scripts/lib/processes.ts';
import { eventually } from './eventually.ts';

const run = promisify(execFile);
const DOCUMENT = new URL('../../docs/team.md', import.meta.url);
/** What the block in the document says; each is replaced by a place of the test's. */
const DOCUMENTED_FOLDER = /\/srv\/model-hub/g;
const DOCUMENTED_PORT = 'listen 8080;';
const MODULES = 'http_dav_module';

/** One line of the access log. */
export interface NginxRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Of the body. */
  readonly bytes: number;
}

/** Whether there is an nginx with WebDAV; one is installed where that is possible. */
export async function hasNginx(): Promise<boolean> {
  if (await knowsWebDav()) return true;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  try {
    // In this runlevel no package starts what it brings.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    await run('apt-get', ['update', '-q'], { env });
    await run('apt-get', ['install', '-qy', '--no-install-recommends', 'nginx-light'], { env });
  } catch (error) {
    console.error(`nginx cannot be installed: ${String(error)}`);
  }
  return await knowsWebDav();
}

async function knowsWebDav(): Promise<boolean> {
  try {
    return (await run('nginx', ['-V'])).stderr.includes(MODULES);
  } catch {
    return false;
  }
}

/** A real nginx, set up as docs/team.md says, on a folder of a test's. */
export class Nginx implements AsyncDisposable {
  readonly folder: string;
  readonly url: string;
  readonly #process: Started;

  private constructor(folder: string, port: number, process: Started) {
    this.folder = folder;
    this.url = `http://127.0.0.1:${port}`;
    this.#process = process;
  }

  /** @param password of the user `team` */
  static async start(folder: string, password: string): Promise<Nginx> {
    for (const name of ['cas', 'catalogue', 'incoming']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'users'), `team:{PLAIN}${password}\n`);
    const port = await freePort();
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, configuration(folder, port));
    const process = new Started('nginx', ['-c', file, '-p', folder, '-e', join(folder, 'errors')]);
    const nginx = new Nginx(folder, port, process);
    await eventually(async () => {
      if (process.hasExited) throw new Error(process.output + nginx.#read('errors'));
      return await answers(nginx.url);
    });
    return nginx;
  }

  /** What it was asked since the last call, oldest first. */
  requests(): readonly NginxRequest[] {
    const lines = this.#read('access').split('\n').slice(0, -1);
    writeFileSync(join(this.folder, 'access'), '');
    return lines.map((line) => {
      const [method = '', path = '', status, bytes] = line.split(' ');
      return { method, path, status: Number(status), bytes: Number(bytes) };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }

  #read(name: string): string {
    const file = join(this.folder, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }
}

function configuration(folder: string, port: number): string {
  const [, block] = /```nginx\n([^]*?)```/.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  if (block?.includes(DOCUMENTED_PORT) !== true) throw new Error('docs/team.md has no such block');
  const server = block
    .replaceAll(DOCUMENTED_FOLDER, folder)
    .replace(DOCUMENTED_PORT, `listen 127.0.0.1:${port};`);
  return `
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    daemon off;
    pid ${folder}/pid;
    events {}
    http {
      log_format plain '$request_method $request_uri $status $body_bytes_sent';
      access_log ${folder}/access plain;
      proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi;
      scgi_temp_path ${folder}/scgi;
      ${server}
    }`;
}

async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
