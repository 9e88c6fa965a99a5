import * as z from 'zod/mini';
import type { HostMessage, PageMessage, PageState } from './messages.ts';

/** Longer than the longest README that is fetched. */
const MARKDOWN_LENGTH = 1024 * 1024;
const HREF_LENGTH = 8192;
/** Longer than any path in a repository and any id of a download. */
const KEY_LENGTH = 4096;
/** More folds than anybody opens on a page. */
const OPEN_FOLDS = 1000;

const explained = { text: z.string(), title: z.exactOptional(z.string()) };
const fit = z.enum(['gpu', 'memory', 'tight', 'tooBig', 'unknown']);
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));

const fileRow = z.object({
  path: z.string(),
  size: z.object(explained),
  sha256: z.exactOptional(z.object({ value: sha256, copy: z.string() })),
});

const changes = z.object({
  summary: z.string(),
  files: z.array(z.object({ path: z.string(), text: z.string() })),
});

const variantState = z.object({
  key: z.string(),
  spoken: z.string(),
  phase: z.exactOptional(z.string()),
  places: z.array(z.object(explained)),
  progress: z.exactOptional(
    z.object({
      spoken: z.string(),
      share: z.exactOptional(z.number().check(z.gte(0), z.lte(1))),
    }),
  ),
  detail: z.exactOptional(z.object(explained)),
  failures: z.array(z.string()),
  changes: z.exactOptional(changes),
  actions: z.array(
    z.object({
      does: z.enum(['download', 'pause', 'resume', 'cancel']),
      what: z.string(),
      text: z.string(),
      spoken: z.string(),
      disabled: z.exactOptional(z.boolean()),
    }),
  ),
});

const installedLine = z.object({
  key: z.string(),
  name: z.string(),
  runtime: z.string(),
  size: z.string(),
  revision: z.exactOptional(z.string()),
  identity: z.object(explained),
  problem: z.exactOptional(z.string()),
  changes: z.exactOptional(changes),
});

const knownSize = z.object({ sureness: z.enum(['exact', 'estimated']), bytes: z.number() });
const command = z.enum(['llamaServer', 'ollama', 'jan', 'openAi']);

const run = z.object({
  variants: z.array(
    z.object({
      key: z.string(),
      label: z.string(),
      weights: z.union([knownSize, z.object({ sureness: z.literal('unknown') })]),
      commands: z.array(z.object({ key: command, name: z.string(), text: z.string() })),
    }),
  ),
  chosen: z.string(),
  parameters: z.exactOptional(z.number()),
  contexts: z.array(z.number().check(z.positive())).check(z.minLength(1)),
  context: z.number(),
  machine: z.string(),
  budget: z.exactOptional(z.object({ gpu: z.number(), main: z.number(), most: z.number() })),
  fits: z.record(fit, z.string()),
  words: z.object({
    title: z.string(),
    variant: z.string(),
    context: z.string(),
    tokens: z.string(),
    weights: z.string(),
    contextMemory: z.string(),
    overhead: z.string(),
    needed: z.string(),
    graphics: z.string(),
    main: z.string(),
    usable: z.string(),
    unknown: z.string(),
    sums: z.string(),
    picture: z.string(),
    commands: z.string(),
    copy: z.string(),
    copyOf: z.string(),
    openInJan: z.string(),
    openInLmStudio: z.string(),
  }),
});

const detailsView = z.object({
  id: z.string(),
  name: z.string(),
  author: z.string(),
  description: z.exactOptional(z.string()),
  favourite: z.object({ is: z.boolean(), toggle: z.string() }),
  notices: z.array(
    z.object({
      tone: z.enum(['info', 'warning']),
      text: z.string(),
      actions: z.exactOptional(z.array(z.enum(['retry', 'openOnHub', 'setToken']))),
    }),
  ),
  facts: z.array(z.object({ name: z.string(), ...explained })),
  variants: z.object({
    caption: z.string(),
    empty: z.string(),
    refusal: z.exactOptional(z.string()),
    rows: z.array(
      z.object({
        key: z.string(),
        label: z.string(),
        name: z.string(),
        size: z.object(explained),
        fit: z.object({ ...explained, level: fit }),
        recommended: z.exactOptional(z.string()),
        inShort: z.boolean(),
        fileCount: z.string(),
        files: z.array(fileRow),
        projector: z.exactOptional(fileRow),
      }),
    ),
  }),
  states: z.array(variantState),
  run: z.exactOptional(run),
  installed: z.array(installedLine),
  sources: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      asked: z.object(explained),
      failure: z.exactOptional(z.string()),
    }),
  ),
  history: z.array(
    z.object({
      event: z.string(),
      when: z.object(explained),
      source: z.string(),
      links: z.array(z.object({ text: z.string(), spoken: z.string(), href: z.string() })),
      changes: z.array(z.string()),
    }),
  ),
  tags: z.array(z.string()),
  readme: z.object({
    markdown: z.exactOptional(z.string().check(z.maxLength(MARKDOWN_LENGTH))),
    message: z.exactOptional(z.string()),
    loading: z.boolean(),
    linkBase: z.string(),
    imageBase: z.string(),
    images: z.boolean(),
  }),
  labels: z.object({
    copyId: z.string(),
    openOnHub: z.string(),
    setToken: z.string(),
    history: z.string(),
    older: z.string(),
    retry: z.string(),
    facts: z.string(),
    notices: z.string(),
    variants: z.string(),
    variant: z.string(),
    size: z.string(),
    fit: z.string(),
    recommended: z.string(),
    files: z.string(),
    sha256: z.string(),
    allVariants: z.string(),
    eachFile: z.string(),
    state: z.string(),
    installed: z.string(),
    projector: z.string(),
    noValue: z.string(),
    sources: z.string(),
    tags: z.string(),
    readme: z.string(),
    readmeCut: z.string(),
    showImages: z.string(),
    imagesOff: z.string(),
    image: z.string(),
  }),
});

const hostMessage: z.ZodMiniType<HostMessage> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('show'), view: detailsView }),
  z.object({ type: z.literal('say'), text: z.string() }),
]);

const what = z.string().check(z.minLength(1), z.maxLength(KEY_LENGTH));

const pageMessage: z.ZodMiniType<PageMessage> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('openLink'),
    href: z.string().check(z.minLength(1), z.maxLength(HREF_LENGTH)),
  }),
  z.object({ type: z.literal('openOnHub') }),
  z.object({ type: z.literal('copyId') }),
  z.object({ type: z.literal('setToken') }),
  z.object({ type: z.literal('toggleFavourite') }),
  z.object({ type: z.literal('copySha256'), sha256 }),
  z.object({ type: z.literal('copyCommand'), variant: what, command }),
  z.object({ type: z.literal('openInJan') }),
  z.object({ type: z.literal('openInLmStudio'), variant: what }),
  z.object({ type: z.literal('retry') }),
  z.object({ type: z.literal('showImages') }),
  z.object({ type: z.enum(['download', 'pause', 'resume', 'cancel']), what }),
]);

const pageState: z.ZodMiniType<PageState> = z.object({
  id: z.string().check(z.regex(/^[^/\s]+\/[^/\s]+$/), z.maxLength(256)),
  scroll: z.number().check(z.nonnegative()),
  images: z.boolean(),
  // Older pages left neither behind.
  open: z._default(z.array(z.string()).check(z.maxLength(OPEN_FOLDS)), []),
  choice: z._default(
    z.object({
      variant: z.exactOptional(z.string()),
      context: z.exactOptional(z.number().check(z.positive())),
      allVariants: z.exactOptional(z.boolean()),
    }),
    {},
  ),
});

/** Reads what came from the host; undefined if it is nothing the page understands. */
export function readHostMessage(data: unknown): HostMessage | undefined {
  return hostMessage.safeParse(data).data;
}

/** Reads what came from the page; undefined if it is nothing the host understands. */
export function readPageMessage(data: unknown): PageMessage | undefined {
  return pageMessage.safeParse(data).data;
}

/** Reads the state a page left behind; undefined if it is not one. */
export function readPageState(data: unknown): PageState | undefined {
  return pageState.safeParse(data).data;
}
