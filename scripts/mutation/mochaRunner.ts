import type { StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import type {
  DryRunOptions,
  DryRunResult,
  MutantRunOptions,
  MutantRunResult,
  TestResult,
  TestRunner,
  TestRunnerCapabilities,
} from '@stryker-mutator/api/test-runner';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import Mocha from 'mocha';

/** What the instrumented code and its runner tell each other; Stryker defines it. */
interface Instrumented {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: NonNullable<Extract<DryRunResult, { tests: unknown }>['mutantCoverage']>;
}

/**
 * The part of what Stryker allows a mutant after which a test that waits for ever fails: else the
 * process would be ended and all tests loaded again.
 */
const PATIENCE = 0.8;
const NAMESPACE = '__stryker__';
const instrumented: Instrumented = ((globalThis as unknown as Record<string, Instrumented>)[
  NAMESPACE
] ??= {});

/**
 * Runs tests with the mocha of this project for Stryker, whose own runner knows older ones only.
 * Files are loaded once; each mutant is then switched on while the tests that reach it run.
 */
class MochaRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options);
  readonly #options: StrykerOptions;
  readonly #mocha = new Mocha({ reporter: Silent, timeout: 0 });
  /** Set while it is taken down which test reaches which mutant. */
  #notesTests = false;
  #isLoaded = false;

  constructor(options: StrykerOptions) {
    this.#options = options;
  }

  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: false };
  }

  init(): Promise<void> {
    // Tests are known by their titles, which name what they draw: all processes draw the same.
    process.env['SEED'] ??= '1';
    const tests = this.#options['tests'] as string[];
    for (const file of tests) this.#mocha.addFile(file);
    this.#mocha.cleanReferencesAfterRun(false);
    const note = (title: string | undefined): void => {
      if (this.#notesTests) instrumented.currentTestId = title;
    };
    this.#mocha.suite.beforeEach(function (this: Mocha.Context) {
      note(this.currentTest?.fullTitle());
    });
    return Promise.resolve();
  }

  async dryRun({ disableBail }: DryRunOptions): Promise<DryRunResult> {
    this.#notesTests = true;
    const result = await this.#run(disableBail);
    this.#notesTests = false;
    const { mutantCoverage } = instrumented;
    return result.status === DryRunStatus.Complete && mutantCoverage !== undefined
      ? { ...result, mutantCoverage }
      : result;
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, testFilter = [], disableBail, hitLimit, timeout } = options;
    instrumented.hitLimit = hitLimit;
    instrumented.hitCount = hitLimit === undefined ? undefined : 0;
    const titles = testFilter.map((title) => `(?:^${RegExp.escape(title)}$)`);
    this.#mocha.grep(new RegExp(titles.join('|')));
    await this.#load();
    this.#mocha.suite.eachTest((test) => test.timeout(timeout * PATIENCE));
    return toMutantRunResult(await this.#run(disableBail, activeMutant.id));
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  async #load(): Promise<void> {
    if (!this.#isLoaded) await this.#mocha.loadFilesAsync();
    this.#isLoaded = true;
  }

  async #run(disableBail: boolean, mutant?: string): Promise<DryRunResult> {
    await this.#load();
    stopAtFailure(this.#mocha.suite, !disableBail);
    instrumented.activeMutant = mutant;
    Silent.results = [];
    await new Promise<void>((resolve) => this.#mocha.run(() => resolve()));
    const { hitCount, hitLimit } = instrumented;
    return (
      determineHitLimitReached(hitCount, hitLimit) ?? {
        status: DryRunStatus.Complete,
        tests: Silent.results,
      }
    );
  }
}

/** Collects what the tests of a run came to. */
class Silent extends Mocha.reporters.Base {
  static results: TestResult[] = [];

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.on('pass', (test) => {
      const id = test.fullTitle();
      const timeSpentMs = test.duration ?? 0;
      Silent.results.push({ id, name: id, timeSpentMs, status: TestStatus.Success });
    });
    runner.on('fail', (test, error: Error) => {
      const id = test.ctx?.currentTest?.fullTitle() ?? test.fullTitle();
      const failure = { status: TestStatus.Failed as const, failureMessage: error.message };
      Silent.results.push({ id, name: id, timeSpentMs: 0, ...failure });
    });
  }
}

function stopAtFailure(suite: Mocha.Suite, stops: boolean): void {
  suite.bail(stops);
  for (const inner of suite.suites) stopAtFailure(inner, stops);
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'project', MochaRunner)];
