import assert from 'node:assert/strict';
import type { ClosableInput } from '../../../src/views/steadyInput.ts';
import { SteadyInput } from '../../../src/views/steadyInput.ts';
import { FakeClock } from '../support/fakeClock.ts';

/** As the editor has it: shown or not, and listeners. */
class FakeInput implements ClosableInput {
  readonly hidden = new Set<() => void>();
  isShown = false;

  show(): void {
    this.isShown = true;
  }

  hide(): void {
    this.isShown = false;
    for (const listener of this.hidden) listener();
  }

  readonly onDidHide = (listener: () => void) => {
    this.hidden.add(listener);
    return { dispose: () => this.hidden.delete(listener) };
  };
}

describe('An input that stays', () => {
  const open = (isPageInSight = true) => {
    const input = new FakeInput();
    const clock = new FakeClock();
    let closed = 0;
    const steady = new SteadyInput(
      input,
      clock,
      () => isPageInSight,
      () => closed++,
    );
    return { input, clock, steady, closed: () => closed };
  };

  it('opens once more where it is closed at once, and then no more', () => {
    const { input, closed } = open();
    input.hide();
    assert.deepEqual([input.isShown, closed()], [true, 0]);
    input.hide();
    assert.deepEqual([input.isShown, closed()], [false, 1]);
  });

  it('is closed by who has waited or has chosen', () => {
    const late = open();
    late.clock.advance(1_000);
    late.input.hide();
    const chosen = open();
    chosen.steady.close();
    for (const { input, closed } of [late, chosen]) {
      assert.deepEqual([input.isShown, closed()], [false, 1]);
    }
  });

  it('is closed at once where no page could have taken the focus', () => {
    const { input, closed } = open(false);
    input.hide();
    assert.deepEqual([input.isShown, closed()], [false, 1]);
  });

  it('listens no more once nobody needs it', () => {
    const { input, steady } = open();
    steady.dispose();
    assert.equal(input.hidden.size, 0);
  });
});
