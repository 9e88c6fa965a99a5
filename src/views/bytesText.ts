const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/**
 * Bytes in powers of 1024, `4.7 GB`, as model hubs write them.
 * @param language BCP 47 tag
 */
export function bytesText(bytes: number, language: string): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  const number = value.toLocaleString(language, { maximumFractionDigits: digits });
  return `${number} ${UNITS[unit] ?? ''}`;
}
