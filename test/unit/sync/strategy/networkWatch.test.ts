import assert from 'node:assert/strict';
import { NetworkWatch } from '../../../../src/sync/strategy/networkWatch.ts';
import { networkAddresses } from '../../../../src/sync/worker/systemNetwork.ts';
import { FakeClock } from '../../support/fakeClock.ts';

const MINUTE = 60_000;

describe('Watching for the network', () => {
  let clock: FakeClock;
  let addresses: string;
  let looks: number;
  let returns: number;
  let watch: NetworkWatch;

  beforeEach(() => {
    clock = new FakeClock();
    addresses = '192.0.2.7/24';
    looks = returns = 0;
    watch = new NetworkWatch({
      clock,
      interfaces: () => {
        looks++;
        return addresses;
      },
      onDidReturn: () => {
        returns++;
      },
    });
  });

  it('looks at nothing until it is begun, and after it ended', () => {
    clock.advance(MINUTE);
    assert.equal(looks, 0);
    watch.start();
    watch.dispose();
    const before = looks;
    clock.advance(MINUTE);
    assert.equal(looks, before);
    assert.equal(clock.timers, 0);
  });

  it('tells of other addresses within seconds, once', () => {
    watch.start();
    watch.start();
    assert.equal(clock.timers, 1);
    clock.advance(MINUTE);
    assert.equal(returns, 0);
    addresses = '198.51.100.4/24';
    clock.advance(10_000);
    assert.equal(returns, 1);
    clock.advance(MINUTE);
    assert.equal(returns, 1);
  });

  it('does not tell that there are none, but that they are back', () => {
    watch.start();
    addresses = '';
    clock.advance(MINUTE);
    assert.equal(returns, 0);
    addresses = '192.0.2.7/24';
    clock.advance(MINUTE);
    assert.equal(returns, 1);
  });

  it('knows the addresses of this machine, without those that lead nowhere', () => {
    assert.equal(networkAddresses(), networkAddresses());
    assert.doesNotMatch(networkAddresses(), /\b127\.0\.0\.1\b|(?:^| )::1\b/);
  });
});
