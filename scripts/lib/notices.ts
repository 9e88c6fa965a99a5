import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { identifier } from './bundledPackages.ts';
import type { BundledPackage } from './bundledPackages.ts';

/** Licences whose terms are met by passing on their text; another one has to be decided on. */
const ACCEPTED = [
  ...['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT'],
  // Of the two, it is used under the Apache licence.
  '(MPL-2.0 OR Apache-2.0)',
];

const LICENCE_FILE = /^(?:licen[cs]e|notices?|copying|copyrightnotice)(?:-\w+)?(?:\.md|\.txt)?$/i;
const RULE = '='.repeat(80);

const HEADER = `THIRD-PARTY NOTICES

Model Hub is built with the packages below, of which code is in the extension. Each is under its own
licence, which follows. This file is made by "npm run notices" from what is really bundled.
`;

/** The text of THIRD-PARTY-NOTICES. */
export function notices(packages: readonly BundledPackage[]): string {
  const list = packages.map((bundled) => `  ${identifier(bundled)} (${bundled.license})`);
  const sections = packages.map(
    (bundled) =>
      `${RULE}\n${identifier(bundled)}\n${bundled.license}\n${RULE}\n\n${licenceText(bundled)}\n`,
  );
  return [`${HEADER}\n${list.join('\n')}\n`, ...sections].join('\n');
}

/** Packages whose licence nobody has decided on yet. */
export function undecidedLicences(packages: readonly BundledPackage[]): string[] {
  return packages
    .filter(({ license }) => !ACCEPTED.includes(license))
    .map((bundled) => `${identifier(bundled)}: ${bundled.license || 'no licence'}`);
}

/** All licence texts of a package: its own, and of what it has taken in from elsewhere. */
function licenceText(bundled: BundledPackage): string {
  const files = readdirSync(bundled.folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => LICENCE_FILE.test(path.posix.basename(name)))
    .filter((name) => !name.split('/').includes('node_modules'))
    .sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1));
  if (files.length === 0) return standardText(bundled);
  const texts = files.map((name) => {
    const text = tidy(readFileSync(path.join(bundled.folder, name), 'utf8'));
    return depth(name) === 1 ? text : `${name}:\n\n${text}`;
  });
  return [...new Set(texts)].join('\n\n');
}

const depth = (name: string): number => name.split('/').length;

const tidy = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(/[ \t]+$/gm, '')
    .replace(/^\uFEFF/, '')
    .trim();

/** For packages that name their licence and leave out its text. */
function standardText({ name, license, author }: BundledPackage): string {
  if (license !== 'MIT') throw new Error(`${name} has no licence text, and none is known here.`);
  return `Copyright (c) ${author || `the authors of ${name}`}\n\n${MIT}`;
}

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`;
