import type { BenchResult } from '../result.ts';
import { busiestAuthors } from './authors.ts';
import { Client } from './client.ts';
import type { Group } from './group.ts';
import { UNLIMITED } from './group.ts';
import { modelsOf } from '../../support/modelsOf.ts';

const MODELS = 10;
/** The details page, the tree and the prefetch. */
const ASKERS = 3;

/** 30 questions for the files of 10 models, all at once, on fresh connections. */
export const group: Group = {
  rows: ['details-requests', 'details-connections'],
  hubArguments: () => ['--models', '300', ...UNLIMITED],
  async measure({ hub, folder }) {
    const [author = ''] = await busiestAuthors(hub, undefined, 1);
    const source = `hf:${author}`;
    const before = new Client(hub, folder, [source]);
    await before.sync('manual');
    const models = modelsOf(before.reader, source, { limit: MODELS });
    await before.close();
    if (models.length !== MODELS) throw new Error(`${author} has only ${models.length} models.`);

    await hub.take();
    const client = new Client(hub, folder, [source]);
    const questions = Array.from({ length: ASKERS }, () => models).flat();
    const answers = await Promise.all(
      questions.map(({ id, sha = 'main' }) => client.engine.files(id, sha)),
    );
    await client.close();
    if (answers.some(({ value }) => value.files.length === 0)) throw new Error('no files came');
    const { requests, connections } = await hub.take();
    return toResults(questions.length, requests, connections);
  },
};

function toResults(questions: number, requests: number, connections: number): BenchResult[] {
  const peers = { 'one request each': questions };
  return [
    {
      id: 'details-requests',
      unit: 'requests',
      self: requests,
      peers,
      reach: 'at most 10',
      reached: requests <= 10,
    },
    {
      id: 'details-connections',
      unit: 'connections',
      self: connections,
      peers,
      reach: 'at most 2',
      reached: connections <= 2,
    },
  ];
}
