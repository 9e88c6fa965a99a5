import { z } from 'zod';

import type { BundledPackage } from './bundledPackages.ts';

/**
 * What was decided on a known weakness of a package that is bundled, by the name of its advisory
 * (`GHSA-…`): why the extension is not affected. An entry goes when the package is updated.
 */
export const DECIDED: Readonly<Record<string, string>> = {};

/** A known weakness of a package. */
export interface Advisory {
  /** `GHSA-…`. */
  readonly id: string;
  readonly package: string;
  readonly severity: string;
  readonly title: string;
  readonly url: string;
  /** Whether code of the package is in the extension. */
  readonly bundled: boolean;
}

const via = z.union([
  z.string(), // another package of the report, which has its own entry
  z.object({ name: z.string(), title: z.string(), url: z.string(), severity: z.string() }),
]);
const report = z.object({
  vulnerabilities: z.record(z.string(), z.object({ via: z.array(via) })),
});

/**
 * The advisories in what `npm audit --json` prints.
 * @throws Error with npm's words if it could not find out
 */
export function advisoriesIn(
  output: string,
  bundled: readonly Pick<BundledPackage, 'name'>[],
): Advisory[] {
  const { success, data } = report.safeParse(parsed(output));
  if (!success) throw new Error(`The advisories could not be asked for:\n${output.trim()}`);
  const shipped = new Set(bundled.map(({ name }) => name));
  const found = new Map<string, Advisory>();
  for (const cause of Object.values(data.vulnerabilities).flatMap((entry) => entry.via)) {
    if (typeof cause === 'string') continue;
    const { name, title, url, severity } = cause;
    const id = url.slice(url.lastIndexOf('/') + 1);
    found.set(`${id} ${name}`, {
      ...{ id, title, url, severity, package: name, bundled: shipped.has(name) },
    });
  }
  return [...found.values()];
}

/** Those that somebody has to decide on before the extension is released. */
export function undecided(
  advisories: readonly Advisory[],
  decided: Readonly<Record<string, string>> = DECIDED,
): Advisory[] {
  return advisories.filter((advisory) => advisory.bundled && !Object.hasOwn(decided, advisory.id));
}

/** npm may print warnings before its report. */
function parsed(output: string): unknown {
  try {
    return JSON.parse(output.slice(output.indexOf('{')));
  } catch {
    return undefined;
  }
}
