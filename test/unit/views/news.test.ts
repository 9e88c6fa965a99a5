import assert from 'node:assert/strict';
import { News } from '../../../src/views/news.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { FakeClock, NOON } from '../support/fakeClock.ts';
import { FakeMemory } from './searchSamples.ts';

const MINUTE = 60_000;

describe('What the user has seen', () => {
  const open = (memory = new FakeMemory()) => {
    const clock = new FakeClock();
    const window = { focused: true, active: true };
    const listeners = new Set<() => void>();
    const logger = collectingLogger();
    const news = new News({
      ...{ memory, clock, logger },
      signals: {
        get focused() {
          return window.focused;
        },
        get active() {
          return window.active;
        },
        onDidChange: (listener) => {
          listeners.add(listener);
          return { dispose: () => listeners.delete(listener) };
        },
      },
    });
    let told = 0;
    news.onDidChange(() => told++);
    const set = (state: Partial<typeof window>): void => {
      Object.assign(window, state);
      for (const listener of listeners) listener();
    };
    return { clock, logger, news, set, memory, listeners, told: () => told };
  };

  it('is everything that was there before the first start', () => {
    const { news } = open();
    assert.deepEqual([news.seenUpTo, news.lastVisit], [NOON, NOON]);
  });

  it('is counted as seen once they turn away, but stays marked under their eyes', () => {
    const { clock, news, set, told } = open();
    news.setVisible(true);
    clock.advance(MINUTE);
    assert.equal(news.seenUpTo, NOON);
    // Whoever reads presses no key: the window says that it is not active.
    set({ active: false });
    assert.deepEqual([news.seenUpTo, news.lastVisit, told()], [NOON + MINUTE, NOON, 1]);
    clock.advance(MINUTE);
    set({ active: true });
    assert.deepEqual([news.lastVisit, told()], [NOON, 1]);
  });

  it('is no longer marked when the catalogue is shown again', () => {
    const { clock, news } = open();
    news.setVisible(true);
    clock.advance(MINUTE);
    news.setVisible(false);
    assert.deepEqual([news.seenUpTo, news.lastVisit], [NOON + MINUTE, NOON]);
    clock.advance(MINUTE);
    news.setVisible(true);
    assert.equal(news.lastVisit, NOON + MINUTE);
  });

  it('is no longer marked for who comes back after a while', () => {
    const { clock, news, set } = open();
    news.setVisible(true);
    clock.advance(MINUTE);
    set({ focused: false });
    clock.advance(4 * MINUTE);
    set({ focused: true });
    assert.equal(news.lastVisit, NOON);
    clock.advance(MINUTE);
    set({ focused: false });
    clock.advance(5 * MINUTE);
    set({ focused: true });
    assert.equal(news.lastVisit, NOON + 6 * MINUTE);
  });

  it('goes on from the last session', () => {
    const { clock, news, memory } = open();
    news.setVisible(true);
    clock.advance(MINUTE);
    news.setVisible(false);
    assert.equal(open(memory).news.lastVisit, NOON + MINUTE);
  });

  it('is what they look at while the window closes', async () => {
    const { clock, news, memory } = open();
    news.setVisible(true);
    clock.advance(MINUTE);
    await news.end();
    assert.equal(open(memory).news.seenUpTo, NOON + MINUTE);
  });

  it('is not what came after they turned away from a window that closes', async () => {
    const { clock, news } = open();
    news.setVisible(true);
    clock.advance(MINUTE);
    news.setVisible(false);
    clock.advance(MINUTE);
    await news.end();
    assert.equal(news.seenUpTo, NOON + MINUTE);
  });

  it('may have been seen in another window, which is told soon, and at once on turning here', () => {
    const memory = new FakeMemory();
    const [here, there] = [open(memory), open(memory)];
    const seeThere = (): void => {
      there.news.setVisible(true);
      for (const { clock } of [here, there]) clock.advance(1_000);
      there.news.setVisible(false);
    };
    here.set({ focused: false });
    seeThere();
    assert.equal(here.told(), 0);
    here.clock.advance(10_000);
    assert.deepEqual([here.news.seenUpTo, here.told()], [NOON + 1_000, 1]);
    here.clock.advance(60_000);
    assert.equal(here.told(), 1);
    seeThere();
    here.set({ focused: true });
    assert.equal(here.told(), 2);
    here.set({ active: false });
    assert.equal(here.told(), 2);
    here.news.dispose();
    seeThere();
    here.clock.advance(60_000);
    assert.equal(here.told(), 2);
  });

  it('may be impossible to keep, which is told in the log', async () => {
    const memory = new FakeMemory();
    const { news, logger } = open(memory);
    news.setVisible(true);
    memory.update = () => Promise.reject(new Error('The disk is full.'));
    await news.end();
    assert.match(logger.at('warn').join(), /could not be kept: .*The disk is full/);
  });

  it('is of no interest to whoever has gone', () => {
    const { news, listeners } = open();
    news.dispose();
    assert.equal(listeners.size, 0);
  });
});
