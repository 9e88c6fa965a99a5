import * as z from 'zod/mini';
import type { HostMessage, PageMessage, PageState } from './messages.ts';

/** Longer than the longest README that is fetched. */
const MARKDOWN_LENGTH = 1024 * 1024;
const HREF_LENGTH = 8192;

const explained = { text: z.string(), title: z.exactOptional(z.string()) };
const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));

const fileRow = z.object({
  path: z.string(),
  size: z.object(explained),
  sha256: z.exactOptional(z.object({ value: sha256, copy: z.string() })),
});

const detailsView = z.object({
  id: z.string(),
  name: z.string(),
  author: z.string(),
  description: z.exactOptional(z.string()),
  notices: z.array(
    z.object({
      tone: z.enum(['info', 'warning']),
      text: z.string(),
      action: z.exactOptional(z.enum(['retry', 'openOnHub'])),
    }),
  ),
  facts: z.array(z.object({ name: z.string(), ...explained })),
  variants: z.object({
    caption: z.string(),
    empty: z.string(),
    rows: z.array(
      z.object({
        label: z.string(),
        name: z.string(),
        size: z.object(explained),
        fileCount: z.string(),
        files: z.array(fileRow),
        projector: z.exactOptional(fileRow),
      }),
    ),
  }),
  sources: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      asked: z.object(explained),
      failure: z.exactOptional(z.string()),
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
    retry: z.string(),
    facts: z.string(),
    notices: z.string(),
    variants: z.string(),
    variant: z.string(),
    size: z.string(),
    files: z.string(),
    sha256: z.string(),
    eachFile: z.string(),
    projector: z.string(),
    noValue: z.string(),
    sources: z.string(),
    tags: z.string(),
    readme: z.string(),
    showImages: z.string(),
    imagesOff: z.string(),
    image: z.string(),
  }),
});

const hostMessage: z.ZodMiniType<HostMessage> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('show'), view: detailsView }),
  z.object({ type: z.literal('say'), text: z.string() }),
]);

const pageMessage: z.ZodMiniType<PageMessage> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('openLink'),
    href: z.string().check(z.minLength(1), z.maxLength(HREF_LENGTH)),
  }),
  z.object({ type: z.literal('openOnHub') }),
  z.object({ type: z.literal('copyId') }),
  z.object({ type: z.literal('copySha256'), sha256 }),
  z.object({ type: z.literal('retry') }),
  z.object({ type: z.literal('showImages') }),
]);

const pageState: z.ZodMiniType<PageState> = z.object({
  id: z.string().check(z.regex(/^[^/\s]+\/[^/\s]+$/), z.maxLength(256)),
  scroll: z.number().check(z.nonnegative()),
  images: z.boolean(),
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
