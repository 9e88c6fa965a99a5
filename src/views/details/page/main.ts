// First, because the schemas are made while their module loads.
import '../../webview/page/jitless.ts';
import { readHostMessage } from '../messageSchemas.ts';
import type { HostMessage } from '../messages.ts';
import { tell } from './host.ts';
import { PageMemory } from './pageMemory.ts';
import { Painter } from './painter.ts';
import { PhaseSpeaker } from './phaseSpeaker.ts';
import { ReaderChoice } from './readerChoice.ts';
import { loadToolkit } from '../../webview/page/toolkit.ts';

/** How long a short word stays, in ms. */
const SAID = 4000;

function start(root: HTMLElement, said: HTMLElement, phases: HTMLElement): void {
  const choice = new ReaderChoice();
  const painter = new Painter(root, choice);
  const speaker = new PhaseSpeaker(phases);
  const memory = new PageMemory(root, choice);
  const widgets = loadToolkit(root.dataset['toolkit']);
  let timer: ReturnType<typeof setTimeout> | undefined;

  const hear = (message: HostMessage): void => {
    switch (message.type) {
      case 'show':
        memory.painting(message.view);
        painter.paint(message.view);
        memory.painted(message.view);
        speaker.painted(message.view);
        break;
      case 'say':
        said.textContent = message.text;
        clearTimeout(timer);
        timer = setTimeout(() => (said.textContent = ''), SAID);
    }
  };
  addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const message = readHostMessage(data);
    // What is painted before the widgets are there would have to be painted again.
    if (message !== undefined) void widgets.then(() => hear(message));
  });
  tell({ type: 'ready' });
}

const root = document.getElementById('details');
const said = document.getElementById('said');
const phases = document.getElementById('phases');
if (root !== null && said !== null && phases !== null) start(root, said, phases);
