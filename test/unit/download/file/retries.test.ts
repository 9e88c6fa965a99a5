import assert from 'node:assert/strict';
import { DownloadError } from '../../../../src/download/errors.ts';
import { Retries } from '../../../../src/download/file/retries.ts';
import { NOON } from '../../support/fakeClock.ts';

const KIB = 1024;
const server = new DownloadError('server', 'It answered with error 503. It is tried again later.');

describe('Retries', () => {
  it('wait longer each time nothing came, and end after some', () => {
    const retries = new Retries(0, () => 0.999_999);
    const waits: number[] = [];
    for (let times = 0; times < 5; times++) {
      retries.failed(server, retries.ticket, 0, NOON);
      waits.push(Math.ceil(retries.wait(NOON) / 1_000));
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16]);
    assert.throws(() => retries.failed(server, retries.ticket, 0, NOON), server);
  });

  it('go on for ever and at once while bytes come in between', () => {
    const retries = new Retries(0, () => 0.5);
    for (let times = 1; times < 100; times++) {
      retries.failed(server, retries.ticket, times * 100 * KIB, NOON);
      assert.equal(retries.wait(NOON), 0);
    }
  });

  it('take a byte here and there for no progress', () => {
    const retries = new Retries(0, () => 0.5);
    for (let times = 1; times < 6; times++) retries.failed(server, retries.ticket, times, NOON);
    assert.throws(() => retries.failed(server, retries.ticket, 6, NOON), server);
  });

  it('count once what was on its way together', () => {
    const retries = new Retries(0, () => 0.5);
    const { ticket } = retries;
    for (let times = 0; times < 8; times++) retries.failed(server, ticket, 0, NOON);
    assert.ok(retries.isStuck(0));
    assert.ok(!retries.isStuck(64 * KIB));
  });

  it('wait as long as the server says, unless that is too long', () => {
    const retries = new Retries(0, () => 0);
    const soon = new DownloadError('rateLimited', 'Later.', { retryAt: NOON + 60_000 });
    retries.failed(soon, retries.ticket, 0, NOON);
    assert.equal(retries.wait(NOON), 60_000);
    assert.ok(retries.wait(NOON - 86_400_000) <= 120_000, 'the clock was set back');
    const late = new DownloadError('rateLimited', 'Later.', { retryAt: NOON + 600_000 });
    assert.throws(() => retries.failed(late, retries.ticket, 0, NOON), late);
  });

  it('wait two minutes at most, and as long as any failure says', () => {
    const retries = new Retries(0, () => 0);
    const { ticket } = retries;
    const later = (ms: number) =>
      new DownloadError('rateLimited', 'Later.', { retryAt: NOON + ms });
    retries.failed(later(120_000), ticket, 0, NOON);
    retries.failed(later(1_000), ticket, 0, NOON);
    assert.equal(retries.wait(NOON), 120_000);
    assert.throws(() => retries.failed(later(120_001), ticket, 0, NOON));
  });

  it('are stuck only after a failure, and count what came since then', () => {
    const retries = new Retries(1_000 * KIB, () => 0.5);
    assert.ok(!retries.isStuck(1_000 * KIB), 'nothing has failed yet');
    retries.failed(server, retries.ticket, 1_000 * KIB, NOON);
    assert.ok(retries.wait(NOON) > 0);
    assert.ok(retries.isStuck(1_064 * KIB - 1));
    assert.ok(!retries.isStuck(1_064 * KIB));
  });

  it('go on at once with just enough progress', () => {
    const retries = new Retries(500 * KIB, () => 0.5);
    retries.failed(server, retries.ticket, 564 * KIB, NOON);
    assert.equal(retries.wait(NOON), 0);
    retries.failed(server, retries.ticket, 628 * KIB - 1, NOON);
    assert.ok(retries.wait(NOON) > 0);
  });

  it('end at once where trying again would not help', () => {
    for (const kind of ['notFound', 'forbidden', 'unauthorised', 'changed', 'noSpace'] as const) {
      const failure = new DownloadError(kind, 'No.');
      assert.throws(() => new Retries(0, () => 0).failed(failure, 0, 0, NOON), failure);
    }
  });
});
