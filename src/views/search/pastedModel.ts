import type { ModelId } from '../../sync/model.ts';

/** Places that show the models of the Hub under the same paths. */
const HUBS: ReadonlySet<string> = new Set(['huggingface.co', 'www.huggingface.co', 'hf.co']);
/** What commands that name a model begin with: `hf download`, `llama-server -hf`, `ollama run`. */
const COMMAND =
  /^(?:(?:hf|huggingface-cli)\s+download|ollama\s+(?:run|pull)|llama-(?:server|cli)\s+(?:-hfr?|--hf-repo))\s+/;
/** Beginnings of paths of the Hub that are no owners. */
const NO_OWNERS: ReadonlySet<string> = new Set([
  ...['api', 'blog', 'chat', 'collections', 'datasets', 'docs', 'join', 'learn', 'login'],
  ...['models', 'organizations', 'papers', 'settings', 'spaces', 'tasks'],
]);
const PART = /^\w[\w.-]{0,95}$/;

/**
 * The one model that a text names, or undefined if it is a query: `owner/name`, an address on the
 * Hub or on the mirror that is used, or a command that fetches a model.
 * @param endpoint address of the Hub by the settings
 */
export function pastedModel(text: string, endpoint: string): ModelId | undefined {
  const [first = ''] = text.trim().replace(COMMAND, '').split(/\s/, 1);
  const isAlone = text.trim() === first || COMMAND.test(text.trim());
  if (!isAlone) return undefined;
  const path = pathOnHub(first, endpoint);
  if (path !== undefined) return modelIn(path);
  return first.split('/').length === 2 ? modelIn(first) : undefined;
}

/** What follows the Hub in an address; undefined if it is none, or one of another place. */
function pathOnHub(text: string, endpoint: string): string | undefined {
  const address = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  const { host, pathname } = URL.parse(address) ?? {};
  if (host === undefined || pathname === undefined) return undefined;
  if (HUBS.has(host.toLowerCase())) return pathname;
  const hub = URL.parse(endpoint);
  if (hub?.host !== host) return undefined;
  const root = hub.pathname.replace(/\/$/, '');
  return pathname.startsWith(`${root}/`) ? pathname.slice(root.length) : undefined;
}

/** `owner/name` at the beginning of a path of the Hub; undefined if that is none. */
export function modelIn(path: string): ModelId | undefined {
  const parts = path.split('/').filter(Boolean);
  const [owner = '', named = ''] = parts[0] === 'api' ? parts.slice(2) : parts;
  // Runtimes name a quantisation behind a colon.
  const [name = ''] = named.split(':', 1);
  const isModel = PART.test(owner) && PART.test(name) && !NO_OWNERS.has(owner.toLowerCase());
  return isModel && (parts[0] !== 'api' || parts[1] === 'models') ? `${owner}/${name}` : undefined;
}
