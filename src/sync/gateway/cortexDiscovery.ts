import { isIP, isIPv6 } from 'node:net';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { describeError } from '../errors.ts';
import { isLoopback } from '../http/network.ts';
import type { Environment } from '../http/network.ts';
import type { Logger } from '../logger.ts';
import { readYamlText } from '../yamlText.ts';

/** Where Cortex listens unless it was told otherwise. */
export const DEFAULT_CORTEX_URL = 'http://127.0.0.1:39281/';

/** A Cortex server as its own configuration describes it. */
export interface CortexAddress {
  /** Ends in a slash. */
  readonly url: string;
  /** For this server alone; only of one on this machine. */
  readonly apiKey?: string;
  /** Where it keeps its models; absolute. */
  readonly dataFolder?: string;
}

/** The machine that Cortex may be installed on, as far as looking for it goes. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** The user's folder. */
  readonly home: string;
  readonly environment: Environment;
  /**
   * The text of a file; undefined if there is no such file.
   * @throws Error if it is longer than `maxBytes` or cannot be read
   */
  readonly readText: (path: string, maxBytes: number) => Promise<string | undefined>;
}

/** Such a file has some 2 KB; what is longer is something else. */
const MAX_BYTES = 64 * 1024;
/** The release first: those who have the others beside it try them out. */
const FILES = ['.cortexrc', '.cortexrc-beta', '.cortexrc-nightly'];

const configurationSchema = z.object({
  apiServerHost: z.string().default(''),
  apiServerPort: z.string().default(''),
  apiKeys: z.array(z.string()).catch([]),
  dataFolderPath: z.string().refine(isAbsolute).optional().catch(undefined),
});

/**
 * Looks up host, port, key and data folder in Cortex' configuration: `.cortexrc`, YAML, in the
 * folder that `GetConfigurationPath` of cortex.cpp names, and in the user's folder, where old
 * versions had it. A file that cannot be used is logged and passed over.
 */
export async function discoverCortex(
  machine: Machine,
  logger: Logger,
): Promise<CortexAddress | undefined> {
  for (const folder of foldersOf(machine)) {
    for (const name of FILES) {
      try {
        const text = await machine.readText(join(folder, name), MAX_BYTES);
        if (text !== undefined) return addressIn(text);
      } catch (error) {
        logger.debug(`cortex: ${name} is of no use: ${describeError(error)}`);
      }
    }
  }
  return undefined;
}

/** Where Cortex keeps its data unless it was told otherwise. */
export function usualCortexFolder({ platform, home, environment }: Machine): string {
  if (platform !== 'linux') return join(home, 'cortexcpp');
  return join(environment['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'cortexcpp');
}

function foldersOf({ platform, home, environment }: Machine): string[] {
  if (platform !== 'linux') return [home];
  const configurations = environment['XDG_CONFIG_HOME'] || join(home, '.config');
  return [join(configurations, 'cortexcpp'), home];
}

function addressIn(text: string): CortexAddress {
  const configuration = configurationSchema.safeParse(readYaml(text)).data;
  if (configuration === undefined) throw new Error('it does not describe a server');
  const { apiServerHost, apiServerPort, apiKeys, dataFolderPath } = configuration;
  const url = new URL(DEFAULT_CORTEX_URL);
  const host = hostIn(apiServerHost.trim() || url.hostname);
  const port = apiServerPort.trim() || url.port;
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw new Error('its port is not a number from 1 to 65535');
  }
  url.hostname = host;
  url.port = port;
  // What looks like an address and is none would leave the one that stands there.
  if (URL.parse(`http://${host}/`) === null)
    throw new Error('its host is no name and no IP address');
  // A key has to fit into a header.
  const apiKey = apiKeys.find((key) => /^[\x21-\x7e]+$/.test(key));
  return {
    url: url.href,
    ...(apiKey !== undefined && isLoopback(host) && { apiKey }),
    ...(dataFolderPath !== undefined && { dataFolder: dataFolderPath }),
  };
}

/** Strings only, so that a key of digits stays what it is; the message must not quote a key. */
function readYaml(text: string): unknown {
  try {
    return readYamlText(text);
  } catch {
    throw new Error('it is not YAML');
  }
}

/** The host to speak to where the server listens on `host`, as it stands in an address. */
function hostIn(host: string): string {
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  if (bare === '0.0.0.0') return '127.0.0.1';
  if (bare === '::') return '[::1]';
  if (isIPv6(bare)) return `[${bare}]`;
  if (isIP(bare) !== 0 || /^[a-z\d](?:[a-z\d.-]*[a-z\d])?$/i.test(bare)) return bare;
  throw new Error('its host is no name and no IP address');
}
