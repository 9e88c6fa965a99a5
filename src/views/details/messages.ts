/**
 * What the details page and its host say to each other. Types only: the checks of both ends are
 * in messageSchemas.ts, so that naming a message never loads a schema library.
 */

/** A short text, and the longer one that explains it on hover. */
export interface Explained {
  readonly text: string;
  readonly title?: string;
}

/** One property of the model, `License: apache-2.0`. */
export interface Fact extends Explained {
  readonly name: string;
}

/** Something the reader should know, with what can be done about it. */
export interface Notice {
  readonly tone: 'info' | 'warning';
  readonly text: string;
  readonly action?: 'retry' | 'openOnHub';
}

/** One file of a variant. */
export interface FileRow {
  readonly path: string;
  readonly size: Explained;
  readonly sha256?: {
    /** 64 hex digits. */
    readonly value: string;
    /** What a click on it does, for screen readers. */
    readonly copy: string;
  };
}

/** One row of the table of variants. */
export interface VariantRow {
  /** The quantisation where it is known, else the name. */
  readonly label: string;
  readonly name: string;
  readonly size: Explained;
  /** `3 files`. */
  readonly fileCount: string;
  readonly files: readonly FileRow[];
  readonly projector?: FileRow;
}

/** One source that lists the model, and how current its word is. */
export interface SourceLine {
  readonly name: string;
  readonly kind: string;
  readonly asked: Explained;
  readonly failure?: string;
}

/** The README as its author wrote it: the page makes something safe of it. */
export interface ReadmeView {
  readonly markdown?: string;
  /** What is said in place of a README, or while it is on its way. */
  readonly message?: string;
  readonly loading: boolean;
  /** The folder that relative links are meant from, and the one for relative images. */
  readonly linkBase: string;
  readonly imageBase: string;
  /** Whether images may be fetched from elsewhere. */
  readonly images: boolean;
}

/** The fixed words of the page in the language of the reader. */
export interface PageLabels {
  readonly copyId: string;
  readonly openOnHub: string;
  readonly retry: string;
  readonly facts: string;
  readonly notices: string;
  readonly variants: string;
  readonly variant: string;
  readonly size: string;
  readonly files: string;
  readonly sha256: string;
  /** In place of a hash where every file has its own. */
  readonly eachFile: string;
  readonly projector: string;
  readonly noValue: string;
  readonly sources: string;
  readonly tags: string;
  readonly readme: string;
  readonly showImages: string;
  readonly imagesOff: string;
  readonly image: string;
}

/** Everything the page shows of one model: always whole, never a difference. */
export interface DetailsView {
  readonly id: string;
  readonly name: string;
  readonly author: string;
  readonly description?: string;
  readonly notices: readonly Notice[];
  readonly facts: readonly Fact[];
  readonly variants: {
    readonly caption: string;
    readonly rows: readonly VariantRow[];
    /** Said in place of the table if there are no rows. */
    readonly empty: string;
  };
  readonly sources: readonly SourceLine[];
  readonly tags: readonly string[];
  readonly readme: ReadmeView;
  readonly labels: PageLabels;
}

/** From the host to the page. */
export type HostMessage =
  | { readonly type: 'show'; readonly view: DetailsView }
  /** A short word on what a click did. */
  | { readonly type: 'say'; readonly text: string };

/** From the page to the host. */
export type PageMessage =
  /** The page has loaded and knows nothing yet. */
  | { readonly type: 'ready' }
  | { readonly type: 'openLink'; readonly href: string }
  | { readonly type: 'openOnHub' }
  | { readonly type: 'copyId' }
  | { readonly type: 'copySha256'; readonly sha256: string }
  | { readonly type: 'retry' }
  | { readonly type: 'showImages' };

/** What survives the page: which model it showed and how, nothing that can be fetched again. */
export interface PageState {
  readonly id: string;
  /** Pixels from the top. */
  readonly scroll: number;
  readonly images: boolean;
}
