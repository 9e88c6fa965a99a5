const UNITS: Record<string, number> = {
  B: 1,
  KB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
};

/** Bytes of a size string of Jan's catalogue ("2.2 GB", 1024-based); 0 for anything else ("N/A"). */
export function bytesOf(text: unknown): number {
  const match = typeof text === 'string' ? /^\s*([\d.]+)\s*([KMGT]?B)\s*$/.exec(text) : null;
  if (!match) return 0;
  const bytes = Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0);
  return Number.isFinite(bytes) ? Math.round(bytes) : 0;
}

/** The size string Jan's catalogue has for a number of bytes: one decimal, 1024-based. */
export function sizeText(bytes: number): string {
  const unit = bytes < 1024 ? 'B' : bytes < 1024 ** 2 ? 'KB' : bytes < 1024 ** 3 ? 'MB' : 'GB';
  return `${(bytes / (UNITS[unit] ?? 1)).toFixed(1)} ${unit}`;
}
