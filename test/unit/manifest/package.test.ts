import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import type { Metafile } from 'esbuild';

import { bundledPackages } from '../../../scripts/lib/bundledPackages.ts';
import type { BundledPackage } from '../../../scripts/lib/bundledPackages.ts';
import { notices, undecidedLicences } from '../../../scripts/lib/notices.ts';
import { packagedReadme } from '../../../scripts/lib/packagedReadme.ts';

/** As esbuild tells it: a bundle and the bytes that files contributed to it. */
function contents(inputs: Record<string, number>): Metafile {
  const given = Object.entries(inputs).map(([name, bytesInOutput]) => [name, { bytesInOutput }]);
  const output = { bytes: 1, imports: [], exports: [] };
  return {
    inputs: {},
    outputs: { 'dist/x.cjs': { ...output, inputs: Object.fromEntries(given) as never } },
  };
}

const names = (packages: readonly BundledPackage[]): string[] => packages.map(({ name }) => name);

describe('The notices', () => {
  it('list each package that contributed to a bundle, once', () => {
    const found = bundledPackages(
      contents({
        'src/extension.ts': 10,
        'node_modules/zod/index.js': 10,
        'node_modules/zod/v4/core/api.js': 10,
        'node_modules/@vscode/l10n/dist/main.js': 10,
        'node_modules/undici/index.js': 0,
      }),
    );
    assert.deepEqual(names(found), ['@vscode/l10n', 'zod']);
  });

  it('quote the licence that a package brings', () => {
    const text = notices(bundledPackages(contents({ 'node_modules/lru-cache/index.js': 1 })));
    assert.match(text, /^ {2}lru-cache@[\d.]+ \(BlueOak-1\.0\.0\)$/m);
    assert.ok(text.includes(readFileSync('node_modules/lru-cache/LICENSE.md', 'utf8').trim()));
  });

  it('quote what a package has taken in from others, and where', () => {
    const text = notices(bundledPackages(contents({ 'node_modules/@huggingface/hub/x.mjs': 1 })));
    assert.match(text, /^src\/vendor\/lz4js\/LICENSE:$/m);
  });

  it('give the text of the licence where a package only names it', () => {
    assert.ok(!existsSync('node_modules/@vscode/l10n/LICENSE'));
    const text = notices(bundledPackages(contents({ 'node_modules/@vscode/l10n/x.js': 1 })));
    assert.match(text, /^Copyright \(c\) \w+/m);
    assert.match(text, /^Permission is hereby granted, free of charge/m);
  });

  it('are not made for a licence that nobody has decided on', () => {
    const [known] = bundledPackages(contents({ 'node_modules/zod/index.js': 1 }));
    assert.ok(known !== undefined);
    const changed = { ...known, license: 'AGPL-3.0' };
    assert.deepEqual(undecidedLicences([known, changed]), [`zod@${known.version}: AGPL-3.0`]);
  });
});

describe('The README in the package', () => {
  const isPackaged = (path: string): boolean => path === 'README.zh-CN.md';

  it('has no pictures', () => {
    const text = 'Before\n\n<!-- pictures -->\n\n| ![a](a.png) |\n\n<!-- /pictures -->\n\nAfter\n';
    assert.equal(packagedReadme(text, isPackaged), 'Before\n\nAfter\n');
  });

  it('keeps the links that lead somewhere, and of others the words', () => {
    const text =
      '[a](README.zh-CN.md) [b](docs/b.md#part) [c](https://example.com) [d](#settings) [e](LICENSE)';
    assert.equal(
      packagedReadme(text, isPackaged),
      '[a](README.zh-CN.md) b [c](https://example.com) [d](#settings) e',
    );
  });

  for (const name of ['README.md', 'README.zh-CN.md']) {
    it(`of ${name} names no picture`, () => {
      const text = readFileSync(name, 'utf8');
      assert.match(text, /!\[/);
      assert.doesNotMatch(packagedReadme(text, isPackaged), /!\[/);
    });
  }
});

describe('The manifest', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown>;

  it('has what the Marketplace shows', () => {
    assert.deepEqual(manifest['galleryBanner'], { color: '#1b2440', theme: 'dark' });
    for (const field of ['displayName', 'description', 'publisher', 'license', 'pricing']) {
      assert.ok(typeof manifest[field] === 'string' && manifest[field] !== '', field);
    }
    for (const field of ['categories', 'keywords']) {
      const words = manifest[field] as readonly string[];
      assert.equal(new Set(words).size, words.length);
      // More than thirty of either are refused.
      assert.ok(words.length >= 3 && words.length <= 30, field);
    }
  });

  it('has an icon of at least 128 x 128 pixels, and a square one', () => {
    const icon = readFileSync(String(manifest['icon']));
    assert.equal(icon.toString('latin1', 1, 4), 'PNG');
    const [width, height] = [icon.readUInt32BE(16), icon.readUInt32BE(20)];
    assert.ok(width === height && width >= 128, `${width} x ${height}`);
  });
});
