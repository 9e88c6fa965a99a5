import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

interface MenuItem {
  readonly command: string;
  readonly when: string;
  readonly group: string;
}

/** What rows of the catalogue say of themselves to menus. */
const MODEL = 'model unmarked loose shown downloadable';
const CONTEXTS = [
  ...[MODEL, 'model favourite loose shown downloadable', 'model favourite pinned hidden'],
  ...['variant', 'source'],
];

describe('The menus of rows in the catalogue', () => {
  const manifest = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  ) as { contributes: { menus: { 'view/item/context': readonly MenuItem[] } } };
  const items = manifest.contributes.menus['view/item/context'].filter(({ when }) =>
    when.includes('view == modelHub.catalogue'),
  );
  const applies = ({ when }: MenuItem, context: string): boolean => {
    const [, equal, pattern] = /viewItem (?:== (\w+)|=~ \/(.*)\/)$/.exec(when) ?? [];
    assert.ok(equal ?? pattern, `"${when}" does not tell for which rows it is`);
    return pattern === undefined ? equal === context : new RegExp(pattern).test(context);
  };

  it('are each for some row', () => {
    for (const item of items) {
      assert.ok(
        CONTEXTS.some((context) => applies(item, context)),
        `no row has ${item.command}: ${item.when}`,
      );
    }
  });

  it('copy the link of every model', () => {
    const copyLink = items.filter(({ command }) => command === 'modelHub.copyLink');
    const models = CONTEXTS.filter((context) => copyLink.some((item) => applies(item, context)));
    assert.deepEqual(
      models,
      CONTEXTS.filter((context) => context.startsWith('model')),
    );
  });

  it('show two buttons in a row at most', () => {
    for (const context of CONTEXTS) {
      const buttons = items.filter(
        (item) => item.group.startsWith('inline') && applies(item, context),
      );
      assert.ok(buttons.length <= 2, `${context}: ${buttons.map(({ command }) => command).join()}`);
    }
  });
});
