import { z } from 'zod';
import { countSchema, modelIdSchema } from '../../sync/gateway/repository.ts';
import { isJanOpenApi } from '../jan/janServer.ts';
import { withoutUndefined } from '../../sync/withoutUndefined.ts';
import type { ChatAbilities, ClaimedOrigin, RuntimeEntry } from '../runtime.ts';

/** Asks one server; each answer is fetched once. */
export interface ServerQuestions {
  /** The JSON at a path; undefined if the server has none there. @throws SyncError */
  json(path: string): Promise<unknown>;
  /** Whether a Cortex server answers. */
  isCortex(): Promise<boolean>;
}

/** A kind of server, known by an answer that no other gives. */
export interface ServerFlavour {
  /** As shown; absent: only its address tells it from others. */
  readonly name?: string;
  /** Whether it is a runtime of its own, and not to be listed twice. */
  readonly isElsewhere?: true;
  /** What it has; undefined if it is another kind of server. */
  list(server: ServerQuestions): Promise<readonly RuntimeEntry[] | undefined>;
}

/** What all of them have in common; some say null for no models. */
const openAiSchema = z.object({ data: z.array(z.unknown()).nullable() });
const openAiRow = z.object({
  id: z.string().min(1),
  owned_by: z.string().optional().catch(undefined),
  meta: z
    .object({ size: countSchema.optional().catch(undefined) })
    .nullish()
    .catch(undefined),
  status: z.object({ value: z.string() }).optional().catch(undefined),
});

const propsSchema = z.object({
  default_generation_settings: z.object({ n_ctx: countSchema }).optional().catch(undefined),
  modalities: z.object({ vision: z.boolean() }).optional().catch(undefined),
  chat_template_caps: z.object({ supports_tools: z.boolean() }).optional().catch(undefined),
});

/** What it tells of the only model that it runs. */
async function llamaCppAbilities(
  server: ServerQuestions,
): Promise<Pick<RuntimeEntry, 'abilities'>> {
  // It lists its models without a key, and may want one to tell more: the list is there all the same.
  const told = await server.json('props').catch(() => undefined);
  const props = propsSchema.safeParse(told).data;
  return abilitiesOf({
    contextLength: props?.default_generation_settings?.n_ctx,
    takesTools: props?.chat_template_caps?.supports_tools,
    takesImages: props?.modalities?.vision,
  });
}

/** With several models (its router) it tells of each whether it is loaded; else it has only one. */
const llamaCpp: ServerFlavour = {
  name: 'llama.cpp',
  async list(server) {
    const rows = await openAiRows(server);
    if (rows?.[0]?.owned_by !== 'llamacpp') return undefined;
    const abilities = rows.length === 1 ? await llamaCppAbilities(server) : {};
    return rows.map(({ id, meta, status }) => ({
      ...entryOf(id, isFetchedByName(id) ? hubOrigin(id) : {}),
      name: fileName(id),
      ...sizeOf(meta?.size),
      running: status === undefined || status.value === 'loaded',
      ...abilities,
    }));
  },
};

const lmStudioRow = z.object({
  id: z.string().min(1),
  state: z.enum(['loaded', 'not-loaded']),
  type: z.string().optional().catch(undefined),
  loaded_context_length: countSchema.optional().catch(undefined),
  capabilities: z.array(z.string()).optional().catch(undefined),
});
const lmStudioSchema = z.object({ object: z.literal('list'), data: z.array(z.unknown()) });

/** To paths that it does not know it answers 200, with an error. */
const lmStudio: ServerFlavour = {
  name: 'LM Studio',
  async list(server) {
    const list = lmStudioSchema.safeParse(await server.json('api/v0/models')).data;
    return (
      list &&
      readable(list.data, lmStudioRow).map(({ id, state, type, ...told }) => ({
        ...entryOf(id),
        running: state === 'loaded',
        ...abilitiesOf({
          contextLength: told.loaded_context_length,
          takesTools: told.capabilities?.includes('tool_use'),
          takesImages: type === undefined ? undefined : type === 'vlm',
        }),
      }))
    );
  },
};

const ollamaVersion = z.object({ version: z.string() });
const ollamaSchema = z.object({ models: z.array(z.unknown()).nullable() });
const ollamaRow = z.object({
  name: z.string().min(1),
  size: countSchema.optional().catch(undefined),
  // Of models that run on somebody else's machine.
  remote_host: z.string().optional().catch(undefined),
});

const ollama: ServerFlavour = {
  name: 'Ollama',
  async list(server) {
    if (!ollamaVersion.safeParse(await server.json('api/version')).success) return undefined;
    const rows = async (path: string) => {
      const models = ollamaSchema.safeParse(await server.json(path)).data?.models;
      return models === undefined ? undefined : readable(models ?? [], ollamaRow);
    };
    const installed = await rows('api/tags');
    const loaded = await rows('api/ps');
    const running = loaded && new Set(loaded.map(({ name }) => name));
    return installed
      ?.filter(({ remote_host }) => remote_host === undefined)
      .map(({ name, size }) => ({
        ...entryOf(name, /^(?:hf\.co|huggingface\.co)\//.test(name) ? hubOrigin(name) : {}),
        ...sizeOf(size),
        ...(running !== undefined && { running: running.has(name) }),
      }));
  },
};

const jan: ServerFlavour = {
  isElsewhere: true,
  async list(server) {
    return isJanOpenApi(await server.json('openapi.json')) ? [] : undefined;
  },
};

const cortex: ServerFlavour = {
  isElsewhere: true,
  async list(server) {
    return (await server.isCortex()) ? [] : undefined;
  },
};

/** Any other server with the list of OpenAI: it lists what it serves. */
const other: ServerFlavour = {
  async list(server) {
    const rows = await openAiRows(server);
    return rows?.map(({ id }) => ({ ...entryOf(id), running: true }));
  },
};

/** In the order in which they are to be tried: first those that tell who they are without a key. */
export const SERVER_FLAVOURS: readonly ServerFlavour[] = [
  jan,
  cortex,
  llamaCpp,
  lmStudio,
  ollama,
  other,
];

async function openAiRows(
  server: ServerQuestions,
): Promise<readonly z.infer<typeof openAiRow>[] | undefined> {
  const list = openAiSchema.safeParse(await server.json('v1/models')).data;
  if (list === undefined) return undefined;
  const rows = readable(list.data ?? [], openAiRow);
  // A list of something else.
  return rows.length === 0 && list.data?.[0] !== undefined ? undefined : rows;
}

/** The rows that make sense. */
function readable<T>(rows: readonly unknown[], schema: z.ZodType<T>): T[] {
  return rows.map((row) => schema.safeParse(row).data).filter((row) => row !== undefined);
}

function entryOf(id: string, origin: ClaimedOrigin = {}): RuntimeEntry {
  return { id, name: id, files: [], origin };
}

function sizeOf(size: number | undefined): Pick<RuntimeEntry, 'size'> {
  return size === undefined || size === 0 ? {} : { size };
}

/** Nothing where nothing is told; a context of 0 tokens is one that is not known. */
function abilitiesOf(told: {
  readonly [Name in keyof ChatAbilities]: ChatAbilities[Name] | undefined;
}): Pick<RuntimeEntry, 'abilities'> {
  const abilities = withoutUndefined({ ...told, contextLength: told.contextLength || undefined });
  return Object.keys(abilities).length === 0 ? {} : { abilities };
}

/** llama.cpp goes by the path of the file, unless it fetched the model itself. */
function fileName(id: string): string {
  return isFetchedByName(id) ? id : id.replace(/^.*[/\\]/, '').replace(/\.gguf$/i, '');
}

/** `owner/name-GGUF`, perhaps with the quantisation: what `llama-server -hf` was given. */
function isFetchedByName(id: string): boolean {
  return /^[\w.-]+\/[\w.-]+-GGUF(?::[\w.-]+)?$/i.test(id);
}

function hubOrigin(name: string): ClaimedOrigin {
  const id = name.replace(/^(?:hf\.co|huggingface\.co)\//, '').replace(/:[^:]*$/, '');
  const model = modelIdSchema.safeParse(id).data;
  return model === undefined ? {} : { model };
}
