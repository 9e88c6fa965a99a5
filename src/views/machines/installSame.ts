import type { SharedVariant } from '../../device/shared/machineRecord.ts';
import type { DownloadStatus } from '../../download/model.ts';
import type { ModelId, Variant } from '../../sync/model.ts';
import { quantisationOf, sumSizes } from '../../sync/variants.ts';
import type { Wording } from '../details/wording.ts';
import type { Wanted } from '../downloads/downloader.ts';
import type { Notifier } from '../notifier.ts';
import { theirVariantName } from './machineRows.ts';

export interface InstallSameOptions {
  /** As they are published now, with their sizes; none if nobody shows the model. @throws SyncError */
  readonly variants: (id: ModelId) => Promise<readonly Variant[]>;
  readonly downloads: () => readonly DownloadStatus[];
  /** Bytes that are free where downloads go; undefined if nobody knows. */
  readonly free: () => Promise<number | undefined>;
  /** Queues it. Whether the disk has room is looked at then. @throws errors in words */
  readonly download: (wanted: Wanted) => Promise<unknown>;
  readonly notifier: Pick<Notifier, 'confirm' | 'info' | 'warn'>;
  /** What an error says to people. */
  readonly messageOf: (error: unknown) => string;
  readonly wording: Wording;
}

interface Found {
  readonly theirs: SharedVariant;
  readonly variant: Variant;
}

/** Installs variants that another machine has, as they are published now, after one question. */
export async function installSame(
  wanted: readonly SharedVariant[],
  options: InstallSameOptions,
): Promise<void> {
  const { notifier, download, messageOf, wording } = options;
  const { t } = wording;
  const waiting = options.downloads().filter(({ state }) => state !== 'done');
  const left = wanted.filter((theirs) => !waiting.some((one) => brings(one, theirs)));
  const found: Found[] = [];
  const problems: string[] = [];
  for (const theirs of left) {
    try {
      const variant = variantLike(theirs, await options.variants(theirs.model));
      if (variant !== undefined) found.push({ theirs, variant });
      else problems.push(t('{0} is not published any more.', theirVariantName(theirs)));
    } catch (error) {
      problems.push(`${theirVariantName(theirs)}: ${messageOf(error)}`);
    }
  }
  if (found.length === 0) {
    if (problems.length > 0) await notifier.warn(problems.join(' '));
    else await notifier.info(t('Everything is here, or on its way.'));
    return;
  }
  if (!(await isWanted(found, problems, options))) return;
  const failures: string[] = [];
  for (const { theirs, variant } of found) {
    try {
      const projector = theirs.projector === true;
      await download({ model: theirs.model, variant: variant.name, projector });
    } catch (error) {
      failures.push(`${theirVariantName(theirs)}: ${messageOf(error)}`);
    }
  }
  if (failures.length > 0) await notifier.warn(failures.join(' '));
}

/** The published variant that is most like one of another machine. */
function variantLike(
  { quantisation, bytes }: SharedVariant,
  published: readonly Variant[],
): Variant | undefined {
  const distance = ({ size }: Variant): number =>
    size.sureness === 'unknown' || bytes === undefined ? Infinity : Math.abs(size.bytes - bytes);
  const [nearest] = published
    .filter((variant) => variant.quantisation === quantisation)
    .sort((a, b) => distance(a) - distance(b) || (a.name < b.name ? -1 : 1));
  return nearest;
}

function brings(download: DownloadStatus, { model, quantisation }: SharedVariant): boolean {
  return download.model === model && quantisationOf(download.variant) === quantisation;
}

async function isWanted(
  found: readonly Found[],
  problems: readonly string[],
  { free, notifier, wording }: InstallSameOptions,
): Promise<boolean> {
  const { t, size, bytes, number } = wording;
  const total = size(sumSizes(found.map(({ variant }) => variant.size)));
  const room = await free();
  const lines = [
    ...found.map(({ theirs, variant }) => `${theirVariantName(theirs)}, ${size(variant.size)}`),
    ...problems,
    ...(room === undefined ? [] : [t('{0} are free on the disk.', bytes(room))]),
  ];
  const question =
    found.length === 1
      ? t('Install 1 variant here, {0}?', total)
      : t('Install {0} variants here, {1} in all?', number(found.length), total);
  return await notifier.confirm(question, lines.join('\n'), t('Install'));
}
