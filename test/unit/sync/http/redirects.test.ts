import assert from 'node:assert/strict';
import { redirectTarget } from '../../../../src/sync/http/redirects.ts';

describe('A redirect', () => {
  const target = (from: string, location: string) => redirectTarget(new URL(from), location)?.href;

  for (const [from, location, to] of [
    ['https://hub.example/a', '/b', 'https://hub.example/b'],
    ['https://hub.example/a', 'https://cdn.example/b?c', 'https://cdn.example/b?c'],
    ['http://hub.example/a', 'https://hub.example/a', 'https://hub.example/a'],
    ['http://mirror.lan/a', 'http://files.lan/a', 'http://files.lan/a'],
    ['http://127.0.0.1:4000/a', 'http://127.0.0.1:5000/b', 'http://127.0.0.1:5000/b'],
    // A mirror below a path that passes on where the Hub keeps small files.
    [
      'https://mirror.example/hf/a/b/resolve/main/README.md',
      '/api/resolve-cache/models/a/b/c/README.md',
      'https://mirror.example/hf/api/resolve-cache/models/a/b/c/README.md',
    ],
    [
      'https://hub.example/a/b/resolve/main/README.md',
      '/api/resolve-cache/models/a/b/c/README.md',
      'https://hub.example/api/resolve-cache/models/a/b/c/README.md',
    ],
    [
      'https://mirror.example/hf/a/b/resolve/main/x',
      'https://hub.example/api/resolve-cache/x',
      'https://hub.example/api/resolve-cache/x',
    ],
    [
      'https://mirror.example/hf/a/b/resolve/main/x',
      '/hf/c/d/resolve/main/x',
      'https://mirror.example/hf/c/d/resolve/main/x',
    ],
    ['https://hub.example/a', '/api/resolve-cache/x', 'https://hub.example/api/resolve-cache/x'],
  ] as const) {
    it(`leads from ${from} to ${to}`, () => assert.equal(target(from, location), to));
  }

  for (const [from, location, what] of [
    ['https://hub.example/a', 'http://hub.example/a', 'where others can read it'],
    ['https://hub.example/a', 'http://127.0.0.1:1337/v1/models', 'to a port of this machine'],
    ['http://hub.example/a', 'http://localhost:39281/', 'to this machine by name'],
    ['http://hub.example/a', 'http://[::1]:39281/', 'to this machine by IPv6'],
    ['http://hub.example/a', 'http://2130706433/', 'to this machine by a number'],
    ['https://hub.example/a', 'file:///etc/passwd', 'out of the web'],
    ['https://hub.example/a', 'data:text/plain,x', 'to itself'],
    ['https://hub.example/a', 'http://', 'nowhere'],
  ] as const) {
    it(`does not lead ${what}`, () => assert.equal(target(from, location), undefined));
  }
});
