import { t } from '@vscode/l10n';
import { SyncError } from '../errors.ts';
import type { SourceKey } from '../model.ts';
import { CortexServer } from './cortexServer.ts';
import type { CortexServers } from './cortexServers.ts';
import { HuggingFaceAuthor } from './huggingFaceAuthor.ts';
import { JanCatalogue } from './janCatalogue.ts';
import { PublishedCatalogue } from './publishedCatalogue.ts';
import type { Source } from './source.ts';

/** Where the upstreams are. Addresses end in a slash, so that paths can be put behind them. */
export interface Endpoints {
  readonly huggingFace: URL;
  /** The folder that holds the catalogue files. */
  readonly janCatalogue: URL;
  readonly cortex: CortexServers;
}

/**
 * The gateway to a source.
 * @throws SyncError `notFound` if the key names no kind of source that is known here
 */
export function openSource(key: SourceKey, endpoints: Endpoints): Source {
  const author = /^hf:([\w][\w.-]*)$/.exec(key)?.[1];
  if (author !== undefined) return new HuggingFaceAuthor(author, endpoints.huggingFace);
  if (key === 'jan:v1') return new JanCatalogue('v1', endpoints.janCatalogue);
  if (key === 'jan:v2') return new JanCatalogue('v2', endpoints.janCatalogue);
  const published = /^published:(https?:\/\/[^\s#]+)(?:#key=([\w-]{43}))?$/.exec(key);
  if (published?.[1] !== undefined && URL.parse(published[1]) !== null)
    return new PublishedCatalogue(key, published[1], published[2]);
  if (key === 'cortex') return new CortexServer(endpoints.cortex);
  throw new SyncError(
    'notFound',
    t(
      '"{0}" is no source. Write hf:<author>, jan:v1, jan:v2, cortex or published:<address>[#key=<public key>] in the settings.',
      key,
    ),
  );
}
