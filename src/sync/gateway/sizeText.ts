import type { Size } from '../model.ts';
import { sizeIn } from '../variants.ts';

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
};

/** A size as Jan's catalogue writes it, `"2.2 GB"`: powers of 1024, one decimal, so an estimate. */
export function parseSizeText(text: string | undefined): Size {
  const match = /^([\d.]+)\s*([KMGT]?B)$/i.exec(text?.trim() ?? '');
  const unit = UNITS[match?.[2]?.toUpperCase() ?? ''];
  const number = Number(match?.[1]);
  if (unit === undefined || !Number.isFinite(number)) return { sureness: 'unknown' };
  return sizeIn(Math.round(number * unit), 'estimated');
}
