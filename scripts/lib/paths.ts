import path from 'node:path';

/** The root of the project. */
export const root = path.resolve(import.meta.dirname, '..', '..');
/** What the extension loads. */
export const distFolder = path.join(root, 'dist');
/** Products of test and package runs. */
export const outFolder = path.join(root, 'out');
/** Programs installed for tests, and the data of the workbench that `npm start` opens. */
export const cacheFolder = path.join(root, '.vscode-test');
export const hubScript = path.join(root, 'test', 'hub', 'main.ts');
