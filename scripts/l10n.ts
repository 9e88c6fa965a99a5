import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { LOCALES, manifestProblems, problemsOf } from './l10n/locales.ts';
import { sentencesIn } from './l10n/sentences.ts';
import { main } from './lib/processes.ts';
import { root } from './lib/paths.ts';

const usage = `Usage: npm run l10n [-- --list]
  Tells which translations are missing, unused or do not fit, and ends with 1 if any are.
  --list  writes all sentences to be translated, as an empty bundle`;

await main(() => {
  const { values } = parseArgs({
    options: { list: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) {
    console.log(usage);
    return Promise.resolve(0);
  }
  const files = globSync('src/**/*.ts', { cwd: root }).map((file) => file.replaceAll('\\', '/'));
  const sentences = sentencesIn(root, files.sort());
  if (values.list) {
    const empty = Object.fromEntries([...sentences.keys.keys()].map((key) => [key, '']));
    console.log(JSON.stringify(empty, undefined, 2));
    return Promise.resolve(0);
  }
  const problems = [
    ...sentences.problems,
    ...manifestProblems(root),
    ...LOCALES.flatMap((locale) => problemsOf(root, locale, sentences)),
  ];
  for (const problem of problems) console.error(problem);
  if (problems.length === 0)
    console.log(`${sentences.keys.size} sentences, each in every language`);
  return Promise.resolve(problems.length === 0 ? 0 : 1);
});
