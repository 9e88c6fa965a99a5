import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

interface Setting {
  readonly default?: unknown;
  readonly markdownDescription?: string;
}

const read = (name: string): string => readFileSync(name, 'utf8');
const json = (name: string): unknown => JSON.parse(read(name));
const { contributes } = json('package.json') as {
  contributes: { configuration: { properties: Record<string, Setting> } };
};
const settings = Object.entries(contributes.configuration.properties);

const escaped = (text: string): string => text.replaceAll('.', '\\.');

/** The default by the row of a setting in the table of a README. */
function documentedDefault(readme: string, name: string): unknown {
  const row = new RegExp(`^\\| \`${escaped(name)}\` +\\| \`(.+?)\` +\\| \\S.*\\|$`, 'm');
  const text = row.exec(readme)?.[1];
  assert.ok(text !== undefined, `${name} has no row with a default and a meaning`);
  return JSON.parse(text);
}

describe('A setting', () => {
  const source = read('src/views/settings.ts');
  const texts = json('package.nls.json') as Record<string, string>;

  for (const readme of ['README.md', 'README.zh-CN.md']) {
    for (const [name, setting] of settings) {
      it(`${name} stands in ${readme} with its default`, () => {
        assert.deepEqual(documentedDefault(read(readme), name), setting.default);
      });
    }
  }

  for (const [name, setting] of settings) {
    it(`${name} is read, and described in words`, () => {
      assert.match(source, new RegExp(`'${escaped(name.replace('modelHub.', ''))}'`));
      const key = /^%(.+)%$/.exec(setting.markdownDescription ?? '')?.[1] ?? '';
      assert.match(texts[key] ?? '', /\w+ \w+.*\./);
    });
  }

  it('has a table in the README that nothing interrupts', () => {
    for (const readme of ['README.md', 'README.zh-CN.md']) {
      const lines = read(readme).split('\n');
      const rows = lines.flatMap((line, at) => (line.startsWith('| `modelHub.') ? [at] : []));
      const first = rows[0] ?? 0;
      assert.deepEqual(
        rows,
        settings.map((_, index) => first + index),
      );
      assert.match(lines[first - 1] ?? '', /^\| -+ \| -+ \| -+ \|$/);
      assert.equal(lines[first - 3], '');
    }
  });
});
