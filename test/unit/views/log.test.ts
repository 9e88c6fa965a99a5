import assert from 'node:assert/strict';
import { channelLogger } from '../../../src/views/log.ts';
import { collectingLogger } from '../support/collectingLogger.ts';

describe('The log', () => {
  it('gets each message at its level, without what it must not tell', () => {
    const channel = collectingLogger();
    const logger = channelLogger(channel, (text) => text.replaceAll('secret', '…'));
    logger.debug('a secret');
    logger.info('no secret');
    logger.warn('one secret more');
    logger.error('a last secret');
    const lines = ['debug: a …', 'info: no …', 'warn: one … more', 'error: a last …'];
    assert.deepEqual(channel.lines, lines);
  });
});
