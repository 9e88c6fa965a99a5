import type { Size } from '../../sync/model.ts';
import { bytesText } from '../bytesText.ts';

/** A size as a language model is told of it. */
export interface ToldSize {
  /** `4.7 GB`, `≈ 4.7 GB` if it is an estimate, or `unknown`. */
  readonly size: string;
  readonly bytes?: number;
}

/** A size with how sure it is. */
export function toldSize(size: Size): ToldSize {
  if (size.sureness === 'unknown') return { size: 'unknown' };
  const { bytes, sureness } = size;
  const text = bytesText(bytes, 'en');
  return { size: sureness === 'exact' ? text : `≈ ${text}`, bytes: Math.round(bytes) };
}
