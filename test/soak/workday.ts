import type { Draw } from '../faults/support/draw.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Something that happens on a day. */
export type Happening =
  /** Somebody works in a window for a while, with the catalogue in sight or not. */
  | { readonly kind: 'work'; readonly window: number; readonly visible: boolean }
  /** Nobody touches anything, though a window keeps the focus. */
  | { readonly kind: 'pause' }
  /** Opens details, types into the search, asks the Hub. */
  | { readonly kind: 'browse'; readonly window: number }
  /** Refreshes in so many windows at once. */
  | { readonly kind: 'refresh'; readonly windows: number }
  | { readonly kind: 'download'; readonly window: number; readonly how: DownloadManner }
  /** A window is closed, and another opened in its place. */
  | { readonly kind: 'reopen'; readonly window: number }
  | { readonly kind: 'clearCache'; readonly window: number }
  /** The lid is closed; times in ms. */
  | { readonly kind: 'sleep'; readonly ms: number }
  /** The clock is set ahead, or back if negative. */
  | { readonly kind: 'clockIsSet'; readonly ms: number }
  /** Something is wrong with the hub, until it is well again. */
  | { readonly kind: 'faults' }
  | { readonly kind: 'well' }
  /** The hub has another day: models come, change and go. */
  | { readonly kind: 'publish' }
  /** One more commit of the model that is worked on. */
  | { readonly kind: 'commit' };

/** What becomes of a download that a user begins. */
export type DownloadManner = 'undisturbed' | 'paused' | 'cancelled' | 'windowCloses' | 'faults';

export interface Moment {
  /** Ms since the day began. */
  readonly at: number;
  readonly what: Happening;
}

export interface Workday {
  readonly moments: readonly Moment[];
  /** Ms from the beginning of the day until the lid is closed, or until the next morning. */
  readonly length: number;
}

/** Windows of a machine. The first is never closed: what it does not let go of adds up. */
export const WINDOWS = 4;

/** Draws what happens on a day; on two of seven hardly anything does. */
export function drawWorkday(draw: Draw, day: number): Workday {
  const isFree = day % 7 >= 5;
  const hours = isFree ? draw.between(1, 3) : draw.between(5, 7);
  const end = hours * HOUR;
  const moments = [
    ...work(draw, end),
    ...several(draw, isFree ? 1 : 6, end, () => ({ kind: 'browse', window: anyWindow(draw) })),
    ...several(draw, isFree ? 1 : 3, end, () => ({
      kind: 'refresh',
      windows: draw.between(1, WINDOWS),
    })),
    ...several(draw, isFree ? 1 : 4, end, () => drawDownload(draw)),
    ...several(draw, 4, end, () => ({ kind: 'commit' })),
    ...several(draw, 1, end, () => ({ kind: 'publish' })),
    ...several(draw, 1, end, () => ({ kind: 'reopen', window: draw.between(1, WINDOWS - 1) })),
    ...trouble(draw, end),
    ...sometimes(draw, 0.1, end, () => ({ kind: 'clearCache', window: anyWindow(draw) })),
    ...sometimes(draw, 0.5, end, () => ({ kind: 'sleep', ms: draw.between(5, 90) * MINUTE })),
    ...sometimes(draw, 0.3, end, () => ({
      kind: 'clockIsSet',
      ms: draw.between(-10, 10) * MINUTE,
    })),
  ];
  const staysOn = draw.chance(0.1);
  return {
    moments: moments.sort((a, b) => a.at - b.at),
    length: staysOn ? DAY : end,
  };
}

/** Somebody goes from window to window, and looks away in between. */
function work(draw: Draw, end: number): Moment[] {
  const moments: Moment[] = [];
  for (let at = 0; at < end;) {
    const visible = draw.chance(0.2);
    moments.push({ at, what: { kind: 'work', window: anyWindow(draw), visible } });
    at += draw.between(5, 40) * MINUTE;
    if (draw.chance(0.5)) continue;
    moments.push({ at: Math.min(at, end), what: { kind: 'pause' } });
    at += draw.between(3, 30) * MINUTE;
  }
  return moments;
}

/** Hours in which something is wrong with the hub. */
function trouble(draw: Draw, end: number): Moment[] {
  return Array.from({ length: draw.between(0, 2) }, () => {
    const at = Math.floor(draw.fraction() * end);
    const until = Math.min(end, at + draw.between(10, 90) * MINUTE);
    return [
      { at, what: { kind: 'faults' } },
      { at: until, what: { kind: 'well' } },
    ] satisfies Moment[];
  }).flat();
}

function drawDownload(draw: Draw): Happening {
  const how = draw.pick<DownloadManner>([
    'undisturbed',
    'undisturbed',
    'paused',
    'cancelled',
    'windowCloses',
    'faults',
  ]);
  // The first window is never closed.
  return { kind: 'download', window: draw.between(1, WINDOWS - 1), how };
}

function several(draw: Draw, most: number, end: number, what: () => Happening): Moment[] {
  return Array.from({ length: draw.between(1, most) }, () => ({
    at: Math.floor(draw.fraction() * end),
    what: what(),
  }));
}

function sometimes(draw: Draw, odds: number, end: number, what: () => Happening): Moment[] {
  return draw.chance(odds) ? several(draw, 1, end, what) : [];
}

function anyWindow(draw: Draw): number {
  return draw.between(0, WINDOWS - 1);
}
