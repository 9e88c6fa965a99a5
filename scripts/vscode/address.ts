import path from 'node:path';

export interface WorkbenchTarget {
  readonly port: number;
  /** An extension loaded from its sources instead of an installed one. */
  readonly extension?: string;
  /** The module whose `run()` the extension host executes instead of serving a person. */
  readonly tests?: string;
  /** The folder to open; without one the window is empty, and forgets its layout with a reload. */
  readonly folder?: string;
}

/** The address of a workbench window. */
export function workbenchAddress({ port, extension, tests, folder }: WorkbenchTarget): string {
  const remote = (file: string): string => `vscode-remote://127.0.0.1:${port}${uriPath(file)}`;
  const payload: [string, string][] = [];
  if (extension !== undefined) payload.push(['extensionDevelopmentPath', remote(extension)]);
  if (tests !== undefined) payload.push(['extensionTestsPath', remote(tests)]);
  const query = new URLSearchParams(
    folder === undefined ? { ew: 'true' } : { folder: uriPath(folder) },
  );
  if (payload.length > 0) query.set('payload', JSON.stringify(payload));
  return `http://127.0.0.1:${port}/?${query.toString()}`;
}

function uriPath(file: string): string {
  const slashed = file.split(path.sep).join('/');
  return slashed.startsWith('/') ? slashed : `/${slashed}`;
}
