/** Modules that are changed, and the tests that have to notice. Paths below the root. */
export interface Group {
  readonly modules: readonly string[];
  readonly tests: readonly string[];
}

/**
 * The pure modules of src/sync and src/download: they reach no disk, network, database or thread,
 * not even through what they are handed, and are told the time. So what they do follows from what
 * they are given, and a test can hold every line. Those that only declare types are left out, as
 * nothing in them can be changed.
 *
 * Each folder has its fast tests: what others find by running whole engines, these must find too.
 */
export const groups: readonly Group[] = [
  {
    modules: sources('download', [
      ...['announcer', 'downloadStatus', 'errors', 'failurePolicy', 'flow', 'plan', 'speedMeter'],
    ]),
    tests: tests('download', [
      ...['announcer', 'downloadErrors', 'downloadStatus', 'flow', 'plan'],
    ]),
  },
  {
    modules: sources('download/differential', ['ggufTable', 'recipe', 'tensors', 'terms']),
    tests: tests('download/differential', ['ggufTable', 'recipe', 'seed', 'tensors', 'terms']),
  },
  {
    modules: sources('download/file', [
      ...['answer', 'connectionCount', 'diskErrors', 'journal', 'partialPaths', 'pieces'],
      ...['published', 'ranges', 'retries'],
    ]),
    tests: tests('download/file', [
      ...['answer', 'connectionCount', 'diskErrors', 'journal', 'partialPaths', 'pieces'],
      ...['published', 'ranges', 'retries'],
    ]),
  },
  {
    modules: sources('download/sharedCache', ['pace']),
    tests: tests('download/sharedCache', ['pace']),
  },
  {
    modules: sources('sync', [
      ...['batcher', 'bitsPerWeight', 'canonicalJson', 'errors', 'failures', 'family'],
      ...['fingerprint', 'localDay', 'merge', 'modelHistory', 'redaction', 'report'],
      ...['sharedJobs', 'untilAborted', 'variants', 'whileAway', 'withoutUndefined', 'yamlText'],
    ]),
    tests: tests('sync', [
      ...['batcher', 'bitsPerWeight', 'canonicalJson', 'errors', 'failures', 'family'],
      ...['fingerprint', 'localDay', 'merge', 'modelChange', 'redaction', 'report', 'sharedJobs'],
      ...['untilAborted', 'variants', 'whileAway', 'withoutUndefined', 'yamlText'],
    ]),
  },
  {
    modules: sources('sync/cache', ['searchAsk', 'searchConditions', 'searchTerms']),
    tests: tests('sync/cache', ['search', 'searchConditions', 'searchGroups', 'searchTerms']),
  },
  {
    modules: sources('sync/gateway', [
      ...['authorList', 'content', 'cortexModels', 'entries', 'nesting', 'repository'],
      ...['seenRows', 'sizeText', 'turns', 'wholeListing'],
    ]),
    tests: tests('sync/gateway', [
      ...['authorList', 'cortexModels', 'entries', 'pages', 'repository', 'seenRows', 'sizeText'],
      ...['strangeLists', 'turns', 'wholeListing'],
    ]),
  },
  {
    modules: sources('sync/http', [
      ...['fieldMembers', 'httpErrors', 'json', 'limiter', 'link', 'linkMeter', 'linkQuality'],
      ...['network', 'quota', 'redirects'],
    ]),
    tests: tests('sync/http', [
      ...['exchanges', 'fieldMembers', 'httpErrors', 'json', 'limiter', 'link', 'linkMeter'],
      ...['linkQuality', 'network', 'quota', 'redirects'],
    ]),
  },
  {
    modules: sources('sync/publish', ['body', 'pointer']),
    tests: tests('sync/publish', ['body', 'pointer']),
  },
  {
    modules: sources('sync/query', [
      ...['completeQuery', 'modelQuery', 'nearest', 'parseQuery', 'ranges', 'tokens'],
    ]),
    tests: tests('sync/query', ['query']),
  },
  {
    modules: sources('sync/strategy', [
      ...['admission', 'backoff', 'idleWork', 'networkWatch', 'policy', 'questions', 'scheduler'],
    ]),
    tests: tests('sync/strategy', [
      ...['admission', 'backoff', 'idleWork', 'networkWatch', 'policy', 'questions', 'scheduler'],
    ]),
  },
];

export const modules = groups.flatMap((group) => group.modules);

function sources(folder: string, names: readonly string[]): readonly string[] {
  return names.map((name) => `src/${folder}/${name}.ts`);
}

function tests(folder: string, names: readonly string[]): readonly string[] {
  return names.map((name) => `test/unit/${folder}/${name}.test.ts`);
}
