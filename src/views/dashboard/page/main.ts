// First, because the schemas are made while their module loads.
import '../../webview/page/jitless.ts';
import { keepPlace } from '../../webview/page/keepPlace.ts';
import { Parts } from '../../webview/page/parts.ts';
import type { Part } from '../../webview/page/parts.ts';
import { loadToolkit } from '../../webview/page/toolkit.ts';
import type { DashboardView } from '../dashboardMessages.ts';
import { readDashboardMessage } from '../dashboardSchemas.ts';
import { chart } from './chart.ts';
import { tell } from './host.ts';
import { Place } from './place.ts';
import { ahead, errors, facts, header, network, notice, sources } from './sections.ts';

const isEmpty = ({ empty }: DashboardView): boolean => empty !== undefined;

const partsOfPage: readonly Part<DashboardView>[] = [
  { fields: ['title', 'summary', 'labels'], make: header },
  { fields: ['notice', 'empty'], make: notice },
  { fields: ['errors', 'labels'], make: errors },
  {
    fields: ['facts', 'labels', 'empty'],
    make: (view) => (isEmpty(view) ? undefined : facts(view)),
  },
  {
    fields: ['days', 'empty'],
    make: (view) => (isEmpty(view) ? undefined : chart('days', view.days)),
  },
  {
    fields: ['runs', 'empty'],
    make: (view) => (isEmpty(view) ? undefined : chart('runs', view.runs)),
  },
  { fields: ['sources'], make: sources },
  { fields: ['ahead'], make: ahead },
  { fields: ['network'], make: network },
];

function start(root: HTMLElement): void {
  const parts = new Parts(root, partsOfPage);
  const place = new Place(root);
  const widgets = loadToolkit(root.dataset['toolkit']);
  addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    const message = readDashboardMessage(data);
    if (message === undefined) return;
    // What is painted before the widgets are there would have to be painted again.
    void widgets.then(() => {
      keepPlace(root, () => parts.paint(message.view));
      place.painted();
      root.setAttribute('aria-busy', 'false');
    });
  });
  tell({ type: 'ready' });
}

const root = document.getElementById('dashboard');
if (root !== null) start(root);
