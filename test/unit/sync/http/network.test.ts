import assert from 'node:assert/strict';
import type { Environment, NetworkSettings } from '../../../../src/sync/http/network.ts';
import { isLoopback, proxyFor } from '../../../../src/sync/http/network.ts';

const SETTING = 'http://setting.example:3128/';
const ENVIRONMENT = 'http://environment.example:3128/';

function way(
  address: string,
  proxy: Partial<NonNullable<NetworkSettings['proxy']>> | undefined,
  environment: Environment = {},
): string {
  const settings: NetworkSettings = {
    systemCertificates: false,
    ...(proxy && { proxy: { noProxy: [], strictSsl: true, ...proxy } }),
  };
  return proxyFor(new URL(address), settings, environment)?.href ?? 'direct';
}

describe('The way to an address', () => {
  const setting = { url: SETTING };
  const both = { HTTP_PROXY: 'http://plain.example:1/', HTTPS_PROXY: 'http://secure.example:2/' };

  for (const [name, expected, address, proxy, environment] of [
    ['is direct where nothing is said', 'direct', 'https://hub.example', undefined, {}],
    [
      'is direct with empty words',
      'direct',
      'https://hub.example',
      { url: ' ' },
      { HTTP_PROXY: '' },
    ],
    ['is the proxy of the settings', SETTING, 'https://hub.example', setting, {}],
    ['is it for http too', SETTING, 'http://hub.example', setting, {}],
    ['is the settings before the environment', SETTING, 'https://hub.example', setting, both],
    ['is that of HTTPS_PROXY', 'http://secure.example:2/', 'https://hub.example', undefined, both],
    ['is that of HTTP_PROXY', 'http://plain.example:1/', 'http://hub.example', undefined, both],
    [
      'is that of HTTP_PROXY for https where there is no other',
      ENVIRONMENT,
      'https://hub.example',
      undefined,
      { HTTP_PROXY: ENVIRONMENT },
    ],
    [
      'is never that of HTTPS_PROXY for http',
      'direct',
      'http://hub.example',
      undefined,
      { HTTPS_PROXY: ENVIRONMENT },
    ],
    [
      'is that of the environment where the settings name none',
      ENVIRONMENT,
      'http://hub.example',
      {},
      { HTTP_PROXY: ENVIRONMENT },
    ],
    [
      'is that of upper case where lower case is empty',
      ENVIRONMENT,
      'http://hub.example',
      undefined,
      { http_proxy: ' ', HTTP_PROXY: ENVIRONMENT },
    ],
    [
      'is direct where both are empty',
      'direct',
      'http://hub.example',
      undefined,
      { http_proxy: '', HTTP_PROXY: ' ' },
    ],
    [
      'is direct for NO_PROXY with gaps',
      'direct',
      'https://hub.example',
      setting,
      { NO_PROXY: 'a.example ,  hub.example' },
    ],
    [
      'is lower case before upper case',
      ENVIRONMENT,
      'https://hub.example',
      undefined,
      { ...both, https_proxy: ENVIRONMENT },
    ],
    [
      'is that of ALL_PROXY at last',
      ENVIRONMENT,
      'https://hub.example',
      undefined,
      { ALL_PROXY: ENVIRONMENT },
    ],
    [
      'may leave the scheme of the proxy out',
      ENVIRONMENT,
      'https://hub.example',
      { url: 'environment.example:3128' },
      {},
    ],
    [
      'is direct for http.noProxy',
      'direct',
      'https://hub.example',
      { ...setting, noProxy: ['hub.example'] },
      {},
    ],
    [
      'does not look at NO_PROXY where there is http.noProxy',
      SETTING,
      'https://hub.example',
      { ...setting, noProxy: ['other.example'] },
      { NO_PROXY: 'hub.example' },
    ],
    [
      'is direct for NO_PROXY, also past the proxy of the settings',
      'direct',
      'https://hub.example',
      setting,
      { no_proxy: 'other.example, hub.example' },
    ],
    [
      'is direct for the exceptions of the environment, for its own proxy',
      'direct',
      'https://hub.example',
      undefined,
      { ...both, NO_PROXY: 'hub.example' },
    ],
  ] as const) {
    it(name, () => assert.equal(way(address, proxy, environment), expected));
  }

  for (const address of [
    'http://localhost:1337/v1',
    'http://127.0.0.1:1337',
    'http://127.8.9.1',
    'http://LOCALHOST./',
    'http://[::1]:80',
    'https://cortex.localhost',
  ]) {
    it(`is always direct to this machine: ${address}`, () => {
      assert.equal(way(address, setting, both), 'direct');
      assert.ok(isLoopback(new URL(address).hostname));
    });
  }

  it('is not taken for this machine by a name that looks like it', () => {
    for (const host of ['localhost.example', '127.0.0.1.example', 'notlocalhost', '12.7.0.1']) {
      assert.ok(!isLoopback(host), host);
    }
  });

  for (const [exception, address, isException] of [
    ['*', 'https://hub.example', true],
    ['hub.example', 'https://HUB.example', true],
    ['hub.example', 'https://api.hub.example', true],
    ['hub.example', 'https://github.example', false],
    ['.hub.example', 'https://api.hub.example', true],
    ['*.hub.example', 'https://api.hub.example', true],
    ['*.hub.example', 'https://hub.example', false],
    ['hub.example:443', 'https://hub.example', true],
    ['hub.example:80', 'https://hub.example', false],
    ['*:80', 'http://hub.example', true],
    ['10.1.2.3', 'http://10.1.2.3:8080', true],
    ['10.0.0.0/8', 'http://10.200.0.1', true],
    ['10.0.0.0/8', 'http://11.0.0.1', false],
    ['10.0.0.0/99', 'http://10.0.0.1', false],
    ['fd00::/8', 'http://[fd12::1]/', true],
    ['[fd12::1]:80', 'http://[fd12::1]/', true],
    ['fd12::1', 'http://[fd12::1]/', true],
    ['[fd12::1]', 'http://[fd12::1]/', true],
    ['fd12::1/128', 'http://[fd12::1]/', true],
    ['10.1.2.3/32', 'http://10.1.2.3', true],
    ['10.0.0.0/16', 'http://10.0.200.1', true],
    ['10.0.0.0/16', 'http://10.1.0.1', false],
    ['10.0.0.0/8', 'http://[fd12::1]/', false],
    ['lan/8', 'http://hub.example', false],
    [' hub.example ', 'https://hub.example', true],
    ['hub.example', 'https://hub.example./', true],
    ['10.0.0.0/8', 'http://hub.example', false],
    ['', 'https://hub.example', false],
  ] as const) {
    it(`${isException ? 'is direct' : 'is not'} by the exception "${exception}": ${address}`, () => {
      const proxy = { url: SETTING, noProxy: [exception] };
      assert.equal(way(address, proxy), isException ? 'direct' : SETTING);
    });
  }

  for (const url of ['http://', 'socks://', 'ftp://proxy.example', 'http://user:secret@pro xy']) {
    it(`is no way with the proxy "${url}", and a password in it is not told`, () => {
      assert.throws(
        () => way('https://hub.example', { url }),
        (error: Error) =>
          /proxy is not understood/.test(error.message) && !/secret/.test(error.message),
      );
    });
  }
});
