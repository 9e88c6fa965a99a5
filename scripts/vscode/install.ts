import path from 'node:path';

import { ensureInstalled, npmInstall } from '../lib/npm.ts';
import type { VsCodeVersion } from './versions.ts';

/** An installed VS Code server: the program that runs it and its main file. */
export interface VsCodeInstallation {
  readonly version: VsCodeVersion;
  readonly node: string;
  readonly server: string;
}

const appFolder = (folder: string): string =>
  path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode');

/** Installs a VS Code server from npm unless it is there. */
export async function ensureVsCode(version: VsCodeVersion): Promise<VsCodeInstallation> {
  const folder = await ensureInstalled({
    name: `vscode-${version.label}-server-${version.codeServer}`,
    title: `VS Code ${version.label}`,
    packages: [
      `code-server@${version.codeServer}`,
      ...(version.node === undefined ? [] : [version.node]),
    ],
    // Its own install script would do this and build native modules, which nothing here needs.
    finish: (temporary) => npmInstall(appFolder(temporary)),
  });
  return {
    version,
    node: version.node === undefined ? process.execPath : nodeProgram(folder, version.node),
    server: path.join(appFolder(folder), 'out', 'server-main.js'),
  };
}

function nodeProgram(folder: string, nodePackage: string): string {
  const name = nodePackage.slice(0, nodePackage.indexOf('@'));
  const program = process.platform === 'win32' ? 'node.exe' : 'node';
  return path.join(folder, 'node_modules', name, 'bin', program);
}
