/**
 * What the extension may cost. A breach fails `npm test`: make it cheaper, or change the number here
 * and say why in the commit. Times are never absolute: each is a multiple of a calibration that runs
 * in the same process, in turn with what it is compared with.
 */
export const LIMITS = {
  /** Loading and activating, as a multiple of loading a script of 200 KB (calibration.ts). */
  activation: 1.5,
  /** A search, as a multiple of reading all models from the same file. */
  search: 0.35,
  /**
   * The first sync of an author, as a multiple of the bytes of its whole list; that has neither the
   * facts of GGUF files nor the counters.
   */
  firstSync: 1.7,
  /** The same of a sync that finds nothing new, and of one that finds the changes of a moment. */
  quietSync: 0.12,
  smallChange: 0.5,
} as const;

/** Bytes of each file of the extension, minified. A new file needs a number of its own. */
export const BUNDLES: Readonly<Record<string, number>> = {
  'dashboardPage.js': 36_000,
  'dashboardSchemas.lazy.cjs': 28_000,
  'engineWorker.cjs': 190_000,
  'extension.cjs': 290_000,
  'hardwareFile.lazy.cjs': 20_000,
  'hashWorker.cjs': 10_000,
  'localWorker.cjs': 400_000,
  'messageSchemas.lazy.cjs': 37_000,
  'page.js': 220_000,
  'sharedSchemas.lazy.cjs': 37_000,
  'systemInformation.lazy.cjs': 350_000,
  'toolInputs.lazy.cjs': 23_000,
  'undici.cjs': 780_000,
  'xetDecoder.lazy.cjs': 55_000,
  'yaml.cjs': 125_000,
  'zod.cjs': 220_000,
};

/** Bytes of the package. */
export const PACKAGE = 1_000_000;

/** What is over its limit, or has none; empty if all is well. */
export function breaches(
  measured: Readonly<Record<string, number>>,
  limits: Readonly<Record<string, number>>,
): string[] {
  return Object.entries(measured).flatMap(([name, value]) => {
    const limit = limits[name];
    if (limit === undefined) return [`${name} has no limit`];
    // Not a number is no good news either.
    return value <= limit ? [] : [`${name}: ${rounded(value)}, of at most ${rounded(limit)}`];
  });
}

const rounded = (value: number): string =>
  value >= 1000 ? String(Math.round(value)) : value.toFixed(2);
