import assert from 'node:assert/strict';
import * as vscode from 'vscode';

import type { ModelHubApi } from '../../src/extension.ts';
import { follow, hub, messages, modelHub, SOURCES } from './modelHub.ts';

const ALL = { text: '', filters: {}, sort: 'newest', offset: 0, limit: 10_000 } as const;

describe('Refresh Models', () => {
  let api: ModelHubApi;

  before(async () => {
    api = await modelHub();
    await follow(SOURCES);
  });

  beforeEach(async () => {
    await hub.setFaults();
    await vscode.commands.executeCommand('modelHub.refresh');
  });

  after(() => hub.setFaults());

  const idsOf = (source: string): string[] =>
    api.catalogue
      .search({ ...ALL, of: source })
      .map(({ id }) => id)
      .sort();

  it('brings every source to what the upstream publishes', async () => {
    for (const source of SOURCES) assert.deepEqual(idsOf(source), await hub.ids(source), source);
  });

  it('follows the upstream when it publishes something new', async () => {
    await hub.advance();
    await vscode.commands.executeCommand('modelHub.refresh');
    for (const source of SOURCES) assert.deepEqual(idsOf(source), await hub.ids(source), source);
  });

  it('says nothing while all is well', async () => {
    const before = messages(api).length;
    await vscode.commands.executeCommand('modelHub.refresh');
    assert.equal(messages(api).length, before);
  });

  it('tells which source failed and what to do, and keeps its models', async () => {
    const before = idsOf('hf:janhq');
    await hub.setFaults({ match: 'hf:janhq', wrongType: 'html' });
    await vscode.commands.executeCommand('modelHub.refresh');
    assert.match(messages(api).at(-1) ?? '', /^janhq could not be refreshed\. .*log-in page/);
    assert.deepEqual(idsOf('hf:janhq'), before);
    const [cortexso, janhq] = api.catalogue.sources();
    assert.equal(cortexso?.failure, undefined);
    assert.equal(janhq?.failure?.kind, 'badAnswer');
  });

  it('forgets the failure with the next success', async () => {
    await hub.setFaults({ offline: true });
    await vscode.commands.executeCommand('modelHub.refresh');
    assert.equal(
      api.catalogue.sources().every(({ failure }) => failure?.kind === 'offline'),
      true,
    );
    await hub.setFaults();
    await vscode.commands.executeCommand('modelHub.refresh');
    assert.equal(
      api.catalogue.sources().every(({ failure }) => failure === undefined),
      true,
    );
  });

  it('drops an entry that cannot be read and keeps what is known of it', async () => {
    const before = idsOf('jan:v2');
    await hub.setFaults({
      bad: { source: 'jan:v2', field: 'model_name', value: 7 },
      etags: 'none',
    });
    await vscode.commands.executeCommand('modelHub.refresh');
    assert.deepEqual(idsOf('jan:v2'), before);
    assert.equal(api.catalogue.sources()[2]?.failure, undefined);
  });

  it('shares one run between callers', async () => {
    // After which nothing is left that the background would do by itself.
    await vscode.commands.executeCommand('modelHub.refresh');
    const before = (await hub.requests())['models'] ?? 0;
    await Promise.all([api.sync.sync('manual'), api.sync.sync('manual'), api.sync.sync('manual')]);
    const sweeps = ((await hub.requests())['models'] ?? 0) - before;
    assert.equal(sweeps, 2, 'one request for each of the two authors');
  });
});

describe('Sources', () => {
  let api: ModelHubApi;

  before(async () => {
    api = await modelHub();
  });

  after(() => follow(SOURCES));

  it('shows a source as soon as the settings list it, and no longer once they do not', async () => {
    await follow(['hf:cortexso']);
    assert.deepEqual(
      api.catalogue.sources().map(({ key }) => key),
      ['hf:cortexso'],
    );
    await follow(['hf:cortexso', 'hf:bartowski']);
    await api.sync.sync('manual');
    assert.deepEqual(
      api.catalogue.sources().map(({ key }) => key),
      ['hf:cortexso', 'hf:bartowski'],
    );
    assert.ok(api.catalogue.search({ ...ALL, of: 'hf:bartowski' }).length > 0);
  });

  it('tells that an author is unknown, and how to mend it', async () => {
    await follow(['hf:cortexso', 'hf:nobody-knows-me']);
    await vscode.commands.executeCommand('modelHub.refresh');
    assert.match(messages(api).at(-1) ?? '', /knows no models of "nobody-knows-me".*spelt/);
    assert.equal(api.catalogue.sources()[0]?.failure, undefined);
  });

  it('ignores what is no source', async () => {
    await follow(['hf:cortexso', '../../etc', 'hf:a/b', 'ftp://x']);
    assert.deepEqual(
      api.catalogue.sources().map(({ key }) => key),
      ['hf:cortexso'],
    );
  });
});
