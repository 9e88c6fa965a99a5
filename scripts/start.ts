import path from 'node:path';
import { parseArgs } from 'node:util';

import { build } from './lib/bundle.ts';
import { Hub } from './lib/hub.ts';
import { main } from './lib/processes.ts';
import { openDesktop } from './start/desktop.ts';
import { openWorkbench } from './start/open.ts';
import { isPictured, pictures, takePictures } from './start/pictures.ts';
import type { View } from './start/pictures.ts';

const usage = `Usage: npm start -- [options]
  --no-open          print the address instead of opening a browser
  --port N           the port of the workbench
  --screenshot FILE  write a picture of the workbench and end
  --view NAME        what the picture shows: ${Object.keys(pictures).join(', ')}
  --desktop          use the VS Code that is installed ("code" on PATH)
  --online           use the real upstreams instead of the embedded hub`;

await main(async () => {
  const options = readArguments();
  if (options === undefined) {
    console.error(usage);
    return 2;
  }
  if (options.help) {
    console.log(usage);
    return 0;
  }
  step('Building the extension');
  await build();
  await using stack = new AsyncDisposableStack();
  const hub = options.online ? undefined : stack.use(await startHub(options.screenshot));
  if (options.screenshot !== undefined) {
    await takePictures({
      ...{ shots: [{ file: options.screenshot }], view: options.view },
      ...{ hub, port: options.port },
    });
    return 0;
  }
  return options.desktop ? await openDesktop(hub) : await openWorkbench({ ...options, hub });
});

interface Options {
  readonly help: boolean;
  readonly open: boolean;
  readonly port: number | undefined;
  readonly screenshot: string | undefined;
  readonly view: View;
  readonly desktop: boolean;
  readonly online: boolean;
}

function readArguments(): Options | undefined {
  try {
    const { values } = parseArgs({
      allowNegative: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        open: { type: 'boolean', default: true },
        port: { type: 'string' },
        screenshot: { type: 'string' },
        view: { type: 'string', default: 'sidebar' },
        desktop: { type: 'boolean', default: false },
        online: { type: 'boolean', default: false },
      },
    });
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65536)) {
      throw new Error(`--port ${values.port ?? ''} is not a port.`);
    }
    const { view } = values;
    if (!isPictured(view)) throw new Error(`--view ${view} is not known.`);
    const screenshot =
      values.screenshot === undefined ? undefined : path.resolve(values.screenshot);
    return { ...values, port, view, screenshot };
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

async function startHub(screenshot: string | undefined): Promise<Hub> {
  step('Starting the embedded hub');
  // At the same address each time where possible, so that the cached catalogue stays what it is.
  return screenshot === undefined ? Hub.startNear(8138) : Hub.start();
}

function step(what: string): void {
  console.error(`${what} …`);
}
