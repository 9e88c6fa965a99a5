import { parseArgs } from 'node:util';
import type { HubOptions } from './hub.ts';
import { startHub } from './hub.ts';

const USAGE = `npm run hub -- [--port P] [--models N] [--seed S] [--versions N] [--catalogue-history DIR] [--published DIR]
  --port P                 plain HTTP (0 or absent: any)
  --tls-port P             TLS with HTTP/2 (0 or absent: any)
  --host ADDRESS           address to listen on (127.0.0.1)
  --models N               size of the generated catalogue (200)
  --seed S                 another seed, another catalogue (1)
  --versions N             how many days the generated catalogue lives (30)
  --catalogue-history DIR  replay <sequence>-<unix seconds>.json.gz instead of generating
  --published DIR          serve a published catalogue at /published/
  --quota N                API requests in five minutes (100000; the Hub gives anonymous callers 500)
  --signed-url-seconds N   life of signed download addresses (3600)
  --cortex-api-key KEY     the key that the Cortex server wants (none)
`;

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} takes a whole number`);
  return value;
}

function optionsFrom(args: string[]): HubOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string' },
      'tls-port': { type: 'string' },
      host: { type: 'string' },
      models: { type: 'string' },
      seed: { type: 'string' },
      versions: { type: 'string' },
      'catalogue-history': { type: 'string' },
      published: { type: 'string' },
      quota: { type: 'string' },
      'signed-url-seconds': { type: 'string' },
      'cortex-api-key': { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const quota = wholeNumber('quota', values.quota);
  const entries = {
    port: wholeNumber('port', values.port),
    tlsPort: wholeNumber('tls-port', values['tls-port']),
    host: values.host,
    models: wholeNumber('models', values.models),
    seed: wholeNumber('seed', values.seed),
    versions: wholeNumber('versions', values.versions),
    catalogueHistory: values['catalogue-history'],
    published: values.published,
    cortexApiKey: values['cortex-api-key'],
    signedUrlSeconds: wholeNumber('signed-url-seconds', values['signed-url-seconds']),
    quota: quota === undefined ? undefined : { api: quota },
  };
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}

async function main(): Promise<void> {
  const options = optionsFrom(process.argv.slice(2));
  if (!options) {
    process.stdout.write(USAGE);
    return;
  }
  const hub = await startHub(options);
  const stop = () => {
    void hub.close().finally(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  process.stdout.write(`${JSON.stringify(hub.sources())}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 1;
});
