import { CatalogueReader } from '../../../src/sync/cache/catalogueReader.ts';
import type { Outcome } from '../../../src/sync/cache/catalogueWriter.ts';
import { CatalogueWriter } from '../../../src/sync/cache/catalogueWriter.ts';
import { openDatabase, openForReading } from '../../../src/sync/cache/database.ts';
import type { DatabaseSync } from 'node:sqlite';
import type { ChangeSet, ModelId, SourceKey } from '../../../src/sync/model.ts';
import { collectingLogger } from './collectingLogger.ts';
import { NOON } from './fakeClock.ts';
import { changeSet } from './rows.ts';
import { useTemporaryFolder } from './temporaryFolder.ts';
import { modelsOf } from '../../support/modelsOf.ts';

export interface Catalogue {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly writer: CatalogueWriter;
  readonly reader: CatalogueReader;
  /** Applies changes as a successful run would. */
  readonly apply: (
    source: SourceKey,
    changes: Partial<ChangeSet>,
    outcome?: Partial<Outcome> & { epoch?: number },
  ) => ModelId[];
  readonly ids: (source: SourceKey) => ModelId[];
}

/** A catalogue for each test, with a writer and a reader as they live side by side. */
export function useCatalogue(): () => Catalogue {
  const folder = useTemporaryFolder();
  let catalogue: Catalogue | undefined;
  beforeEach(() => {
    const { database, path } = openDatabase(folder(), NOON, collectingLogger());
    const writer = new CatalogueWriter(database);
    const reader = new CatalogueReader(openForReading(path));
    catalogue = {
      path,
      database,
      writer,
      reader,
      apply: (source, changes, { epoch, ...outcome } = {}) =>
        writer.apply(
          {
            changes: changeSet(source, changes),
            ...{ validators: {}, swept: false, counted: false, at: NOON, noteworthy: true },
            ...outcome,
          },
          epoch ?? writer.state(source).epoch,
        ),
      ids: (source) => modelsOf(reader, source).map(({ id }) => id),
    };
  });
  afterEach(() => {
    catalogue?.reader.close();
    catalogue?.writer.close();
  });
  return () => {
    if (catalogue === undefined) throw new Error('no test is running');
    return catalogue;
  };
}
