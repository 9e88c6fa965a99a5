import assert from 'node:assert/strict';
import type { InstalledSnapshot } from '../../../src/runtime/installed.ts';
import { onInstalledChange } from '../../../src/views/search/installedChanges.ts';
import { entry, snapshot } from './installedSamples.ts';

describe('Which models are installed', () => {
  const installed = (...models: string[]): InstalledSnapshot =>
    snapshot(models.map((model) => entry({ key: model, from: { model } })));

  const follow = () => {
    const listeners = new Set<() => void>();
    const state: { installed: InstalledSnapshot | undefined; problem: string | undefined } = {
      installed: undefined,
      problem: undefined,
    };
    const machine = {
      get installed() {
        return state.installed;
      },
      get problem() {
        return state.problem;
      },
      look: () => assert.fail('nobody asked to look'),
      onDidChange: (listener: () => void) => {
        listeners.add(listener);
        return { dispose: () => listeners.delete(listener) };
      },
    };
    let told = 0;
    const subscription = onInstalledChange(machine, () => told++);
    const set = (changes: Partial<typeof state>): number => {
      Object.assign(state, changes);
      for (const listener of listeners) listener();
      return told;
    };
    return { set, subscription, listeners };
  };

  it('is told when it becomes known, though there is none', () => {
    const { set } = follow();
    assert.equal(set({}), 0);
    assert.equal(set({ installed: installed() }), 1);
  });

  it('is told when others are there, not when a download goes on or the order is another', () => {
    const { set } = follow();
    assert.equal(set({ installed: installed('a/b', 'c/d') }), 1);
    assert.equal(set({}), 1);
    assert.equal(set({ installed: installed('c/d', 'a/b') }), 1);
    assert.equal(set({ installed: installed('c/d') }), 2);
  });

  it('is told when something keeps it from being known', () => {
    const { set } = follow();
    assert.equal(set({ problem: 'no' }), 1);
    assert.equal(set({ problem: 'no' }), 1);
    assert.equal(set({ problem: undefined }), 2);
  });

  it('is of no interest to whoever has gone', () => {
    const { subscription, listeners } = follow();
    subscription.dispose();
    assert.equal(listeners.size, 0);
  });
});
