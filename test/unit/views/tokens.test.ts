import assert from 'node:assert/strict';
import type * as vscode from 'vscode';
import { Tokens } from '../../../src/views/tokens.ts';

const HUB = 'https://huggingface.co';
const MIRROR = 'https://mirror.example';

describe('The token', () => {
  const before = process.env['HF_TOKEN'];
  let tokens: Tokens;
  beforeEach(() => {
    delete process.env['HF_TOKEN'];
    tokens = new Tokens(new Secrets());
  });
  afterEach(() => {
    if (before === undefined) delete process.env['HF_TOKEN'];
    else process.env['HF_TOKEN'] = before;
  });

  it('of the environment is for huggingface.co only', async () => {
    process.env['HF_TOKEN'] = 'hf_environment';
    assert.deepEqual(await tokens.all(`${HUB}/`), { [HUB]: 'hf_environment' });
    assert.deepEqual(await tokens.all(`${MIRROR}/hub`), { [HUB]: 'hf_environment' });
  });

  it('is for the origin that it was entered for', async () => {
    await tokens.set(`${MIRROR}/hub/`, 'hf_mirror');
    assert.deepEqual(await tokens.all(MIRROR), { [MIRROR]: 'hf_mirror' });
    for (const other of [HUB, 'http://mirror.example', 'https://mirror.example:8443']) {
      assert.deepEqual(await tokens.all(other), {}, other);
    }
  });

  it('that was entered comes before that of the environment, until it is forgotten', async () => {
    process.env['HF_TOKEN'] = 'hf_environment';
    await tokens.set(HUB, 'hf_entered');
    assert.deepEqual(await tokens.all(HUB), { [HUB]: 'hf_entered' });
    await tokens.clear(HUB);
    assert.deepEqual(await tokens.all(HUB), { [HUB]: 'hf_environment' });
  });
});

/** Secret storage in memory. */
class Secrets implements vscode.SecretStorage {
  readonly #values = new Map<string, string>();
  readonly onDidChange = (): never => {
    throw new Error('nobody listens here');
  };

  keys(): Promise<string[]> {
    return Promise.resolve([...this.#values.keys()]);
  }

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.#values.get(key));
  }

  store(key: string, value: string): Promise<void> {
    this.#values.set(key, value);
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.#values.delete(key);
    return Promise.resolve();
  }
}
