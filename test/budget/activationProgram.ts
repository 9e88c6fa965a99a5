/**
 * Loads and activates a built extension in a process of its own, between two calibrations, and
 * prints how much longer that took: `node activationProgram.ts ROOT DIST STORAGE`.
 */
import { writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import path from 'node:path';

import { calibrationScript, timeOf } from './calibration.ts';
import { contextOf, editorStandIn } from './editorStandIn.ts';

const [root = '', dist = '', storage = ''] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const editor = editorStandIn(root);
const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
const load = loader._load;
loader._load = (request, ...rest) => (request === 'vscode' ? editor : load(request, ...rest));

const context = contextOf(root, dist, storage);
const before = timeOf(() => loadCalibration('before'));
const activation = timeOf(() => {
  const extension = require(path.join(dist, 'extension.cjs')) as {
    readonly activate: (context: unknown) => unknown;
  };
  extension.activate(context);
});
const after = timeOf(() => loadCalibration('after'));
console.log(JSON.stringify({ ratio: (2 * activation) / (before + after) }));
process.exit(0);

function loadCalibration(name: string): void {
  const file = path.join(storage, `${name}.cjs`);
  // A script that was compiled before costs less.
  writeFileSync(file, `// ${name}\n${calibrationScript()}`);
  require(file);
}
