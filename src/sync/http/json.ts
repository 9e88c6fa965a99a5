import { t } from '@vscode/l10n';
import { SyncError } from '../errors.ts';

/**
 * Reads the JSON of an answer.
 * @throws SyncError `badAnswer`, also for a web page in place of data
 */
export function parseJson(url: URL, body: Buffer): unknown {
  const text = body.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const what = /^\s*</.test(text)
      ? t('a web page instead of data. A proxy or a log-in page may be in the way')
      : t('something that is not JSON');
    throw new SyncError(
      'badAnswer',
      t(
        '{0} answered with {1}. Check the network and the address in the settings.',
        url.host,
        what,
      ),
      { cause: error },
    );
  }
}
