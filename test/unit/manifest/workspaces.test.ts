import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

interface Setting {
  readonly scope?: string;
  readonly type: string | readonly string[];
  readonly enum?: readonly unknown[];
}

interface Manifest {
  readonly capabilities: {
    readonly untrustedWorkspaces: {
      readonly supported: unknown;
      readonly description?: string;
      readonly restrictedConfigurations?: readonly string[];
    };
  };
  readonly contributes: {
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
  };
}

/** Of the scopes of VS Code, those that no file in a workspace can set. */
const OF_THE_USER = ['application', 'machine', 'application-machine'];
/** Words in the name of a setting that says where something is or goes, or holds a secret. */
const TELLING =
  /folder|directory|path|cache|target|url|endpoint|address|host|server|source|key|token|secret|password|image/i;

/** What is not one of a few words, a number or a yes can hold an address, a folder or a key. */
function isFreeText({ type, enum: values }: Setting): boolean {
  return values === undefined && [type].flat().some((one) => /string|array|object/.test(one));
}

describe('The settings, as far as a workspace has a say', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  const { untrustedWorkspaces } = manifest.capabilities;
  const settings = Object.entries(manifest.contributes.configuration.properties);
  const restricted = untrustedWorkspaces.restrictedConfigurations ?? [];

  for (const [name, setting] of settings) {
    it(`leave ${name} to the user`, () => {
      assert.ok(OF_THE_USER.includes(setting.scope ?? 'window'), `scope: ${setting.scope}`);
    });

    if (!isFreeText(setting) && !TELLING.test(name)) continue;
    it(`restrict ${name} in workspaces that are not trusted`, () => {
      assert.ok(restricted.includes(name));
    });
  }

  it('work in workspaces that are not trusted, and say with which limits', () => {
    assert.equal(untrustedWorkspaces.supported, 'limited');
    assert.match(untrustedWorkspaces.description ?? '', /^%.+%$/);
  });

  it('restrict nothing that there is not', () => {
    const names = settings.map(([name]) => name);
    assert.deepEqual(
      restricted.filter((name) => !names.includes(name)),
      [],
    );
  });
});
