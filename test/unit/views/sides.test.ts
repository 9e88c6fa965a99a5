import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Surroundings } from '../../../src/views/onboarding/sides.ts';
import {
  areFilesAtHand,
  movedTo,
  otherSide,
  sideText,
  switchText,
} from '../../../src/views/onboarding/sides.ts';
import { modelPlaces, placeText } from '../../../src/views/onboarding/modelPlaces.ts';
import { GIB } from './searchSamples.ts';
import { plainWording } from '../details/samples.ts';

const around = (changes: Partial<Surroundings>): Surroundings => ({
  ...{ remoteName: undefined, side: 'there', inBrowser: false },
  ...changes,
});

describe('Where models live', () => {
  const says = (changes: Partial<Surroundings>): string => sideText(around(changes), plainWording);

  it('is this computer in a window that is not remote, and there is no other side', () => {
    assert.equal(says({}), 'Models are on this computer.');
    assert.equal(otherSide(around({})), undefined);
  });

  it('is this computer on the side of the user', () => {
    const here = around({ remoteName: 'ssh-remote', side: 'here' });
    assert.equal(says(here), 'Models are on this computer, not in the SSH host.');
    assert.equal(otherSide(here), 'workspace');
    assert.equal(
      switchText('workspace', 'ssh-remote', plainWording).label,
      'Keep models in the SSH host instead',
    );
  });

  it('decides whether a file manager can show them, which the menu asks', () => {
    const at = (changes: Partial<Surroundings>): boolean => areFilesAtHand(around(changes));
    assert.equal(at({}), true);
    assert.equal(at({ remoteName: 'ssh-remote', side: 'here' }), true);
    assert.equal(at({ remoteName: 'ssh-remote' }), false);
    assert.equal(at({ inBrowser: true }), false);
    const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      contributes: { menus: Record<string, readonly { command: string; when: string }[]> };
    };
    const reveal = contributes.menus['view/item/context']?.find(
      ({ command }) => command === 'modelHub.revealInstalled',
    );
    assert.match(reveal?.when ?? '', /&& modelHub\.filesAtHand &&/);
  });

  it('is the remote on the side of the workspace', () => {
    const there = around({ remoteName: 'wsl' });
    assert.equal(says(there), 'Models are in WSL, not on this computer.');
    assert.equal(otherSide(there), 'ui');
    assert.equal(
      switchText('ui', 'wsl', plainWording).label,
      'Keep models on this computer instead',
    );
    for (const container of ['dev-container', 'attached-container']) {
      assert.match(says({ remoteName: container }), /in the container/);
    }
    assert.match(says({ remoteName: 'tunnel' }), /in the remote \(tunnel\)/);
  });

  it('is the server of a page in a browser, which has no other side', () => {
    const page = around({ remoteName: 'ssh-remote', inBrowser: true });
    assert.equal(says(page), 'Models are on the server that this page comes from.');
    assert.equal(otherSide(page), undefined);
  });

  it('is changed in the setting, which keeps what it says of others', () => {
    const current = { 'a.b': ['ui'], 'model-hub.model-hub': ['ui'] };
    assert.deepEqual(movedTo(current, 'model-hub.model-hub', 'workspace'), {
      'a.b': ['ui'],
      'model-hub.model-hub': ['workspace'],
    });
    assert.deepEqual(movedTo(undefined, 'x.y', 'ui'), { 'x.y': ['ui'] });
  });

  it('are the folders of the settings and of the programs here, each with its room', () => {
    const runtimes = [
      { id: 'folder', kind: 'folder', name: 'Model Hub', folder: '/own', can: [] },
      { id: 'jan', kind: 'jan', name: 'Jan', folder: '/jan', can: [] },
      { id: 'server x', kind: 'server', name: 'Server', can: [] },
    ] as const;
    const places = modelPlaces('/own', runtimes, 'jan', plainWording);
    assert.deepEqual(
      places.map(({ name, folder, isTarget }) => [name, folder, isTarget]),
      [
        ['Folder of Model Hub', '/own', false],
        ['Jan', '/jan', true],
      ],
    );
    const [own, jan] = places;
    assert.equal(placeText(own!, 2 * GIB, plainWording), `${2 * GIB} B free`);
    assert.equal(placeText(jan!, GIB, plainWording), `${GIB} B free · downloads go here`);
    assert.equal(placeText(own!, undefined, plainWording), 'its disk cannot be read');
  });
});
