/** From and to, both included; at least one of them. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** What units are worth; of those that make a number equally short, the first is printed. */
type Units = readonly (readonly [name: string, worth: number])[];

/** Bytes: decimal, as disks and catalogues have them, or binary. */
export const BYTE_UNITS: Units = [
  ['tb', 1e12],
  ['gb', 1e9],
  ['mb', 1e6],
  ['kb', 1e3],
  ['tib', 1024 ** 4],
  ['gib', 1024 ** 3],
  ['mib', 1024 ** 2],
  ['kib', 1024],
  ['b', 1],
];

/** Numbers of weights, `8b`. */
export const WEIGHT_UNITS: Units = [
  ['t', 1e12],
  ['b', 1e9],
  ['m', 1e6],
  ['k', 1e3],
  ['', 1],
];

/** `<8gb`, `<=8gb`, `>4gb`, `>=4gb`, `4gb..8gb`, and `8gb` for at most that. */
export function parseRange(text: string, units: Units): Range | undefined {
  const between = text.split('..');
  if (between.length === 2) {
    const [min, max] = between.map((one) => parseNumber(one, units));
    if (min === undefined || max === undefined || min > max) return undefined;
    return { min, max };
  }
  const [sign = ''] = /^[<>]?=?/.exec(text) ?? [];
  const value = parseNumber(text.slice(sign.length), units);
  if (value === undefined) return undefined;
  if (sign === '>') return { min: value + 1 };
  if (sign === '>=') return { min: value };
  if (sign !== '<') return { max: value };
  // Nothing is less than nothing.
  return value === 0 ? undefined : { max: value - 1 };
}

/** The shortest way to write a range. */
export function printRange({ min, max }: Range, units: Units): string {
  if (min !== undefined && max !== undefined) {
    return `${printNumber(min, units)}..${printNumber(max, units)}`;
  }
  return min === undefined
    ? shorter('<', (max ?? 0) + 1, '<=', max ?? 0, units)
    : shorter('>', min - 1, '>=', min, units);
}

function shorter(
  open: string,
  outside: number,
  closed: string,
  inside: number,
  units: Units,
): string {
  const strict = `${open}${printNumber(outside, units)}`;
  const loose = `${closed}${printNumber(inside, units)}`;
  return outside >= 0 && strict.length < loose.length ? strict : loose;
}

function parseNumber(text: string, units: Units): number | undefined {
  const { digits, unit = '' } =
    /^(?<digits>\d{1,16}(?:\.\d{1,6})?)(?<unit>[a-z]*)$/i.exec(text.trim())?.groups ?? {};
  if (digits === undefined) return undefined;
  const worth = units.find(([name]) => name === unit.toLowerCase())?.[1] ?? (unit === '' ? 1 : NaN);
  const value = Math.round(Number(digits) * worth);
  return Number.isSafeInteger(value) ? value : undefined;
}

function printNumber(value: number, units: Units): string {
  const texts = units
    .filter(([, worth]) => worth <= value)
    .map(([name, worth]) => `${Number((value / worth).toFixed(3))}${name}`)
    .filter((text) => parseNumber(text, units) === value);
  return [...texts, String(value)].reduce((best, text) =>
    text.length < best.length ? text : best,
  );
}
