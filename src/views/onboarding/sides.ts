import type { Wording } from '../details/wording.ts';

/** Where the extension runs, and what the window is connected to. */
export interface Surroundings {
  /** `ssh-remote`, `wsl`, `dev-container` …; undefined in a window that is not remote. */
  readonly remoteName: string | undefined;
  /** `here`: on the machine of who looks at the window; `there`: beside the workspace. */
  readonly side: 'here' | 'there';
  /** The window is a page of a browser, which has no disk of its own. */
  readonly inBrowser: boolean;
}

/** Where the extension could run instead, as `remote.extensionKind` calls it. */
export type OtherSide = 'ui' | 'workspace';

/** The side to which the models could be moved; undefined where there is only one. */
export function otherSide({ remoteName, side, inBrowser }: Surroundings): OtherSide | undefined {
  if (remoteName === undefined || inBrowser) return undefined;
  return side === 'here' ? 'workspace' : 'ui';
}

/**
 * Whether the files of the machine that the extension runs on are at hand where the window is seen: of
 * others, VS Code has no trash, and no file manager can show them.
 */
export function areFilesAtHand({ remoteName, side, inBrowser }: Surroundings): boolean {
  return !inBrowser && (remoteName === undefined || side === 'here');
}

/** On which machine the models are, in a sentence. */
export function sideText(around: Surroundings, { t }: Pick<Wording, 't'>): string {
  const { remoteName, side, inBrowser } = around;
  if (inBrowser) return t('Models are on the server that this page comes from.');
  if (remoteName === undefined) return t('Models are on this computer.');
  const remote = remoteText(remoteName, { t });
  return side === 'here'
    ? t('Models are on this computer, not in {0}.', remote)
    : t('Models are in {0}, not on this computer.', remote);
}

/** What moving to the other side is called, and what it means. */
export function switchText(
  to: OtherSide,
  remoteName: string,
  { t }: Pick<Wording, 't'>,
): { readonly label: string; readonly detail: string } {
  const remote = remoteText(remoteName, { t });
  const detail = t(
    'Changes the setting remote.extensionKind, and takes effect when the window is reloaded. Models that are there stay where they are.',
  );
  return to === 'ui'
    ? { label: t('Keep models on this computer instead'), detail }
    : { label: t('Keep models in {0} instead', remote), detail };
}

/** The value of `remote.extensionKind` that has an extension run on a side. */
export function movedTo(
  current: unknown,
  extension: string,
  to: OtherSide,
): Readonly<Record<string, unknown>> {
  const others = typeof current === 'object' && current !== null ? current : {};
  return { ...others, [extension]: [to] };
}

/** What people call a kind of remote. */
function remoteText(remoteName: string, { t }: Pick<Wording, 't'>): string {
  switch (remoteName) {
    case 'ssh-remote':
      return t('the SSH host');
    case 'wsl':
      return 'WSL';
    case 'dev-container':
    case 'attached-container':
      return t('the container');
    case 'codespaces':
      return t('the codespace');
    default:
      return t('the remote ({0})', remoteName);
  }
}
