import { t } from '@vscode/l10n';
import { DownloadError } from '../errors.ts';
import type { RangeAnswer } from './location.ts';
import { OtherBytes } from './published.ts';
import type { Range } from './ranges.ts';

/** The bytes that an answer brings, as its head promises. */
export interface Promised extends Range {
  /** False if the server has ignored the range: the body is the whole file. */
  readonly isRange: boolean;
  /** The body ends by itself where it should, so that its connection can be used again. */
  readonly isFramed: boolean;
}

/**
 * Which bytes an answer brings: those that were asked for, fewer of them, or the whole file.
 * @throws DownloadError `badAnswer`, or `changed` if the file has another size
 */
export function promisedBytes(
  { url, response }: RangeAnswer,
  asked: Range,
  size: number,
): Promised {
  const { status, headers } = response;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') throw misunderstood(url, t('it sent them as {0}', encoding));
  const length = headers['content-length'];
  if (status === 200) {
    if (length !== undefined && Number(length) !== size) throw new OtherBytes(url);
    return { start: 0, end: size, isRange: false, isFramed: length !== undefined };
  }
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
  if (range === null) throw misunderstood(url, t('it did not say which'));
  const [start, last, total] = range.slice(1).map(Number);
  if (total !== size && range[3] !== '*') throw new OtherBytes(url);
  const end = (last ?? 0) + 1;
  if (start !== asked.start || end <= asked.start || end > asked.end) {
    throw misunderstood(url, t('it sent {0} to {1}', range[1] ?? '', range[2] ?? ''));
  }
  return { start, end, isRange: true, isFramed: Number(length) === end - start };
}

/** The error of an answer that ended before all had come that it promised. */
export function brokenOff(host: string): DownloadError {
  return new DownloadError(
    'offline',
    t(
      'The connection to {0} broke off before its answer was complete. It is tried again later.',
      host,
    ),
  );
}

function misunderstood({ host }: URL, what: string): DownloadError {
  return new DownloadError(
    'badAnswer',
    t(
      '{0} was asked for some bytes of a file, but {1}. A proxy may be in the way: check its settings. It is tried again later.',
      host,
      what,
    ),
  );
}
