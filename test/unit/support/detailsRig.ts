import { DetailsStore } from '../../../src/sync/cache/detailsStore.ts';
import { DetailsService } from '../../../src/sync/details.ts';
import type {
  Fetched,
  FileTree,
  Readme,
  RevisionQuestion,
} from '../../../src/sync/gateway/huggingFaceDetails.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import { HttpClient } from '../../../src/sync/http/httpClient.ts';
import type { ModelId } from '../../../src/sync/model.ts';
import { collectingLogger } from './collectingLogger.ts';
import { FakeClock } from './fakeClock.ts';
import { exact, file } from './rows.ts';
import type { Catalogue } from './useCatalogue.ts';
import { useCatalogue } from './useCatalogue.ts';

/** The model that is asked for, and its commit. */
export const ID = 'janhq/Jan-v1-4B-GGUF';
export const SHA = 'a'.repeat(40);
const BLOB = 'b'.repeat(40);
export const offline = new SyncError(
  'offline',
  'hub.example cannot be reached: check the network.',
);

/** The file tree of these paths; each file has as many bytes as its path has letters. */
export function treeOf(...paths: string[]): FileTree {
  return { files: paths.map((path) => ({ ...file(path, exact(path.length)), gitSha1: BLOB })) };
}

/** Services for details over a gateway that answers as a test tells it. */
export class DetailsRig {
  readonly catalogue: Catalogue;
  readonly clock = new FakeClock();
  /** What was asked for, `part id@revision`, oldest first. */
  readonly fetched: string[] = [];
  /** Of what it was told that it changed. */
  readonly changed: ModelId[] = [];

  constructor(catalogue: Catalogue) {
    this.catalogue = catalogue;
  }

  /** What the next question for a README is answered with. */
  readme: (question: RevisionQuestion) => Promise<Readme> = () =>
    Promise.resolve({ text: `number ${this.asked('readme')}` });

  /** What the next question for a file tree is answered with. */
  files: (question: RevisionQuestion) => Promise<Fetched<FileTree>> = () =>
    Promise.resolve({ unchanged: false, value: treeOf('m-Q4_0.gguf') });

  /** Which of the paths asked for exist. */
  paths: (paths: readonly string[], question: RevisionQuestion) => Promise<readonly string[]> = (
    paths,
  ) => Promise.resolve(paths);

  /** How often a part was asked for. */
  asked(part: string): number {
    return this.fetched.filter((one) => one.startsWith(`${part} `)).length;
  }

  /** A service that remembers nothing but what is on the disk, as after a start of the editor. */
  service(): DetailsService {
    const { clock } = this;
    const logger = collectingLogger();
    const note = (part: string, { id, revision }: RevisionQuestion): void =>
      void this.fetched.push(`${part} ${id}@${revision}`);
    const gateway = {
      files: (question: RevisionQuestion) => {
        note('files', question);
        return this.files(question);
      },
      readme: async (question: RevisionQuestion) => {
        note('readme', question);
        return { unchanged: false as const, value: await this.readme(question) };
      },
      pathsInfo: async (question: RevisionQuestion, paths: readonly string[]) => {
        note(`paths[${paths.join()}]`, question);
        const { files } = treeOf(...(await this.paths(paths, question)));
        return new Map(files.map((one) => [one.path, one]));
      },
    };
    return new DetailsService({
      store: new DetailsStore(this.catalogue.database, logger),
      http: new HttpClient({
        transport: () => Promise.reject(new Error('nobody asks the network here')),
        tokenFor: () => undefined,
        userAgent: 'test',
        clock,
        logger,
      }),
      gateway: () => gateway,
      onDidChange: (id) => this.changed.push(id),
      clock,
      logger,
    });
  }
}

/** A rig over a catalogue of its own for each test. */
export function useDetailsRig(): () => DetailsRig {
  const catalogue = useCatalogue();
  let rig: DetailsRig;
  beforeEach(() => {
    rig = new DetailsRig(catalogue());
  });
  return () => rig;
}

/** What the README of the model says at a commit. */
export async function readmeOf(
  details: DetailsService,
  revision = SHA,
): Promise<string | undefined> {
  return (await details.details(ID, revision)).details.readme;
}
