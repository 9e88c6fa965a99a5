import assert from 'node:assert/strict';

import type { InstalledNode, InstalledState } from '../../src/views/installed/installedNodes.ts';
import { InstalledTree } from '../../src/views/installed/installedTree.ts';
import { FakeClock } from '../unit/support/fakeClock.ts';
import { entry, snapshot } from '../unit/views/installedSamples.ts';

describe('The rows of what is installed', () => {
  let tree: InstalledTree;
  let told: (InstalledNode[] | undefined)[];

  const state = (names: readonly string[], running: boolean): InstalledState => ({
    downloads: [],
    doing: new Map(),
    installed: snapshot(names.map((name) => entry({ key: name, id: name, name, running }))),
  });
  /** All rows, as the editor asks for them. */
  const rows = (above?: InstalledNode): InstalledNode[] =>
    tree.getChildren(above).flatMap((row) => [row, ...rows(row)]);

  beforeEach(() => {
    tree = new InstalledTree(new FakeClock());
    tree.update(state(['a', 'b'], false));
    told = [];
    tree.onDidChangeTreeData((event) => told.push(event));
  });
  afterEach(() => tree.dispose());

  it('are told to the editor in one event where several look different', () => {
    const before = new Set(rows());
    tree.update(state(['a', 'b'], true));
    assert.equal(told.length, 1);
    const entries = told[0]!.filter(({ type }) => type === 'entry');
    assert.equal(entries.length, 2);
    assert.ok(
      told[0]!.every((row) => before.has(row)),
      'the editor knows rows by their objects',
    );
  });

  it('are all told at once where one comes, and not at all where none looks different', () => {
    tree.update(state(['a', 'b'], false));
    assert.deepEqual(told, []);
    tree.update(state(['a', 'b', 'c'], true));
    assert.deepEqual(told, [undefined]);
  });
});
