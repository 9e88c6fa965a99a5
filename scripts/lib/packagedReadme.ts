const PICTURES = /<!-- pictures -->[^]*?<!-- \/pictures -->\n*/g;
const LINK = /(?<!!)\[([^\]]+)\]\(([^)\s]+)\)/g;

/**
 * A README as it is packaged: without the pictures, which would be most of the package, and without
 * links to what stays in the repository, which would lead nowhere.
 * @param isPackaged whether a path relative to the README is in the package
 */
export function packagedReadme(text: string, isPackaged: (path: string) => boolean): string {
  return text
    .replaceAll(PICTURES, '')
    .replaceAll(LINK, (link: string, label: string, target: string) => {
      const [path = ''] = target.split('#');
      return /^[a-z]+:/.test(target) || path === '' || isPackaged(path) ? link : label;
    });
}
