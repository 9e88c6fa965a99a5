/** Characters of the script that loading is measured by. */
const SCRIPT = 200_000;

/**
 * A script of the kind that a bundle is, always the same: functions that are compiled when they are
 * called, of which some are, and classes that are made at once.
 */
export function calibrationScript(): string {
  const parts: string[] = [];
  let length = 0;
  for (let index = 0; length < SCRIPT; index++) {
    const part =
      `class C${index} { #n = ${index}; get n() { return this.#n; } add(m) { this.#n += m; } }\n` +
      `function f${index}(a, b) { const c = new C${index}(); c.add(a * b);\n` +
      `  return [c.n, String(a), { a, b, text: 'number ${index} of many' }].filter(Boolean); }\n` +
      (index % 3 === 0 ? `f${index}(${index}, 2);\n` : '');
    parts.push(part);
    length += part.length;
  }
  return parts.join('');
}

/**
 * How much longer one thing takes than another, as the median over rounds that each measure both,
 * so that a busy machine slows down both.
 * @param work what is measured
 * @param calibration what it is compared with
 */
export function ratioOf(rounds: number, work: () => void, calibration: () => void): number {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) ratios.push(timeOf(work) / timeOf(calibration));
  return middle(ratios);
}

/** The middle one. */
export function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** In ms. */
export function timeOf(work: () => void): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}
