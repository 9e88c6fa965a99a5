import { BlockList, isIP } from 'node:net';

/** How the network is reached, as the editor's `http.*` settings say. Plain data. */
export interface NetworkSettings {
  readonly proxy?: {
    /** `http.proxy`; credentials in it are sent to the proxy. */
    readonly url?: string;
    /** `http.noProxy`; where it is not empty, `NO_PROXY` does not count. `*` is every host. */
    readonly noProxy: readonly string[];
    /** `http.proxyStrictSSL`: whether the certificate of an https proxy is checked. */
    readonly strictSsl: boolean;
    /** `http.proxyAuthorization`: the value of the header `Proxy-Authorization`. */
    readonly authorization?: string;
  };
  /** `http.systemCertificates`: trust what the operating system trusts, besides the usual. */
  readonly systemCertificates: boolean;
}

export const DEFAULT_NETWORK: NetworkSettings = { systemCertificates: true };

/** Variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

const PROXY_SCHEMES = new Set(['http:', 'https:', 'socks:', 'socks5:']);

/**
 * The proxy on the way to an address, if there is one. The order is that of VS Code: this machine
 * directly, `http.noProxy` else `NO_PROXY`, `http.proxy`, the environment.
 * @throws Error if the proxy's address cannot be used; the message does not hold it, since it may
 *   hold a password
 */
export function proxyFor(
  url: URL,
  { proxy }: NetworkSettings,
  environment: Environment,
): URL | undefined {
  const exceptions =
    proxy !== undefined && proxy.noProxy.length > 0
      ? proxy.noProxy
      : (variable(environment, 'no_proxy') ?? '').split(/[\s,]+/);
  if (isLoopback(url.hostname) || isException(url, exceptions)) return undefined;
  const address = proxy?.url?.trim() || environmentProxy(url, environment);
  return address === undefined ? undefined : parseProxy(address);
}

/** Whether a host name of a URL is this machine's own, which no proxy can know. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '[::1]' ||
    (isIP(name) === 4 && name.startsWith('127.'))
  );
}

function environmentProxy(url: URL, environment: Environment): string | undefined {
  const http = variable(environment, 'http_proxy');
  const own = url.protocol === 'https:' ? (variable(environment, 'https_proxy') ?? http) : http;
  return own ?? variable(environment, 'all_proxy');
}

/** Lower case comes first, as with curl; an empty variable is none. */
function variable(environment: Environment, name: string): string | undefined {
  return environment[name]?.trim() || environment[name.toUpperCase()]?.trim() || undefined;
}

function parseProxy(address: string): URL {
  const url = URL.parse(/^[a-z][\w+.-]*:\/\//i.test(address) ? address : `http://${address}`);
  if (url !== null && url.hostname !== '' && PROXY_SCHEMES.has(url.protocol)) return url;
  throw new Error('the address of the proxy is not understood');
}

function isException(url: URL, exceptions: readonly string[]): boolean {
  const hostname = url.hostname
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[|\]$/g, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return exceptions.some((exception) => matches(exception.trim().toLowerCase(), hostname, port));
}

/** `*`, `host`, `.host`, `*.host`, an address or a range of addresses (`10.0.0.0/8`); `:port`. */
function matches(exception: string, hostname: string, port: string): boolean {
  if (exception === '') return false;
  const range = /^(.+)\/(\d+)$/.exec(exception);
  if (range !== null) return isInRange(hostname, range[1] ?? '', Number(range[2]));
  const parts = /^(?:\[(?<v6>.+)\]|(?<name>[^:]+))(?::(?<port>\d+))?$/.exec(exception)?.groups;
  if (parts?.['port'] !== undefined && parts['port'] !== port) return false;
  const name = parts?.['v6'] ?? parts?.['name'] ?? exception;
  if (name === '*') return true;
  const suffix = name.replace(/^\*?\./, '');
  return (!name.startsWith('*.') && hostname === suffix) || hostname.endsWith(`.${suffix}`);
}

function isInRange(hostname: string, network: string, prefix: number): boolean {
  const family = isIP(network);
  if (family === 0 || isIP(hostname) !== family || prefix > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, prefix, type);
  return list.check(hostname, type);
}
