import type { Fit } from '../../device/fit.ts';
import type { MemoryBudget } from '../../device/hardware.ts';
import type { Size } from '../../sync/model.ts';

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
  readonly actions?: readonly ('retry' | 'openOnHub' | 'setToken')[];
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
  /** See Variant.name: what the row is known by. */
  readonly key: string;
  /** The quantisation where it is known, else the name. */
  readonly label: string;
  readonly name: string;
  readonly size: Explained;
  /** How it gets on with this machine. */
  readonly fit: Explained & { readonly level: Fit };
  /** Why this is the one to take here. */
  readonly recommended?: string;
  /** It is shown also where not all of many variants are. */
  readonly inShort: boolean;
  /** `3 files`. */
  readonly fileCount: string;
  readonly files: readonly FileRow[];
  readonly projector?: FileRow;
}

/** A button: something to be done with a variant or a download. */
export interface LocalAction {
  readonly does: 'download' | 'pause' | 'resume' | 'cancel';
  /** Of `download` the key of a variant, else the id of a download. */
  readonly what: string;
  readonly text: string;
  /** For screen readers: names the variant, and why it cannot be done. */
  readonly spoken: string;
  readonly disabled?: boolean;
}

/** What became of the files between the installed revision and the published one. */
export interface Changes {
  readonly summary: string;
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** How far a download is. */
export interface Progress {
  /** For screen readers. */
  readonly spoken: string;
  /** 0 to 1; absent: nobody knows. */
  readonly share?: number;
}

/** A variant on this machine: what is there, what is on its way, what can be done. */
export interface VariantState {
  /** See Variant.name. */
  readonly key: string;
  /** For screen readers, with the name of the variant: said when it becomes another. */
  readonly spoken: string;
  /** `Installed`; absent if there is nothing to say. */
  readonly phase?: string;
  /** The runtimes that have it. */
  readonly places: readonly Explained[];
  readonly progress?: Progress;
  /** Bytes, speed and time left. */
  readonly detail?: Explained;
  readonly failures: readonly string[];
  readonly changes?: Changes;
  readonly actions: readonly LocalAction[];
}

/** Something of the model that is installed and not the published variant. */
export interface InstalledLine {
  readonly key: string;
  readonly name: string;
  readonly runtime: string;
  readonly size: string;
  /** `Commit 0123456`. */
  readonly revision?: string;
  /** How sure it is that it is of this model. */
  readonly identity: Explained;
  readonly problem?: string;
  readonly changes?: Changes;
}

/** One way to run a variant. */
export interface RunCommand {
  readonly key: 'llamaServer' | 'ollama' | 'jan' | 'openAi';
  /** The program. */
  readonly name: string;
  readonly text: string;
}

/** What it takes to run the model here. The page does the sums, so that the slider is at once. */
export interface RunView {
  readonly variants: readonly {
    /** See Variant.name. */
    readonly key: string;
    readonly label: string;
    /** Its files and its projector. */
    readonly weights: Size;
    readonly commands: readonly RunCommand[];
  }[];
  /** The key of the variant that is shown until the reader picks another. */
  readonly chosen: string;
  readonly parameters?: number;
  /** Contexts that can be picked, in tokens, growing. */
  readonly contexts: readonly number[];
  /** The one that is shown at first. */
  readonly context: number;
  /** What this machine has, in words. */
  readonly machine: string;
  readonly budget?: MemoryBudget;
  /** What each fit means. */
  readonly fits: Readonly<Record<Fit, string>>;
  /** `{0}` and so on stand for what the page puts in. */
  readonly words: Readonly<
    Record<
      | 'title'
      | 'variant'
      | 'context'
      | 'tokens'
      | 'weights'
      | 'contextMemory'
      | 'overhead'
      | 'needed'
      | 'graphics'
      | 'main'
      | 'usable'
      | 'unknown'
      | 'sums'
      | 'picture'
      | 'commands'
      | 'copy'
      | 'copyOf'
      | 'openInJan'
      | 'openInLmStudio',
      string
    >
  >;
}

/** One source that lists the model, and how current its word is. */
export interface SourceLine {
  readonly name: string;
  readonly kind: string;
  readonly asked: Explained;
  readonly failure?: string;
}

/** A link that the host opens. */
export interface Link {
  readonly text: string;
  /** For screen readers: says where it leads. */
  readonly spoken: string;
  readonly href: string;
}

/** One entry of the history of the model. */
export interface HistoryLine {
  /** `Changed`. */
  readonly event: string;
  readonly when: Explained;
  readonly source: string;
  /** The commits before and after, and what lies between them. */
  readonly links: readonly Link[];
  /** What changed, each in a sentence. */
  readonly changes: readonly string[];
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
  readonly setToken: string;
  readonly history: string;
  /** Opens the entries that are folded away. */
  readonly older: string;
  readonly retry: string;
  readonly facts: string;
  readonly notices: string;
  readonly variants: string;
  readonly variant: string;
  readonly size: string;
  readonly fit: string;
  readonly recommended: string;
  readonly files: string;
  readonly sha256: string;
  /** Shows the variants that are left out. `{0}`: how many there are. */
  readonly allVariants: string;
  /** In place of a hash where every file has its own. */
  readonly eachFile: string;
  readonly state: string;
  readonly installed: string;
  readonly projector: string;
  readonly noValue: string;
  readonly sources: string;
  readonly tags: string;
  readonly readme: string;
  readonly readmeCut: string;
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
  readonly favourite: {
    readonly is: boolean;
    /** What a press on the button does. */
    readonly toggle: string;
  };
  readonly notices: readonly Notice[];
  readonly facts: readonly Fact[];
  readonly variants: {
    readonly caption: string;
    readonly rows: readonly VariantRow[];
    /** Said in place of the table if there are no rows. */
    readonly empty: string;
    /** Why none of them can be downloaded now, and what to do. */
    readonly refusal?: string;
  };
  /** One a row of the table. */
  readonly states: readonly VariantState[];
  /** Absent if there is nothing to run. */
  readonly run?: RunView;
  readonly installed: readonly InstalledLine[];
  readonly sources: readonly SourceLine[];
  /** The newest first. */
  readonly history: readonly HistoryLine[];
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
  | { readonly type: 'setToken' }
  | { readonly type: 'toggleFavourite' }
  | { readonly type: 'copySha256'; readonly sha256: string }
  | { readonly type: 'copyCommand'; readonly variant: string; readonly command: RunCommand['key'] }
  | { readonly type: 'openInJan' }
  | { readonly type: 'openInLmStudio'; readonly variant: string }
  | { readonly type: 'retry' }
  | { readonly type: 'showImages' }
  | { readonly type: LocalAction['does']; readonly what: string };

/** What the reader picked on the page; absent: what is shown at first. */
export interface Choice {
  /** See Variant.name. */
  readonly variant?: string;
  /** Tokens. */
  readonly context?: number;
  /** All variants are to be seen, however many there are. */
  readonly allVariants?: boolean;
}

/** What survives the page: which model it showed and how, nothing that can be fetched again. */
export interface PageState {
  readonly id: string;
  /** Pixels from the top. */
  readonly scroll: number;
  readonly images: boolean;
  /** The keys of the folds that are open. */
  readonly open: readonly string[];
  /** What the reader picked. */
  readonly choice: Choice;
}
