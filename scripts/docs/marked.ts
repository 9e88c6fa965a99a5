/**
 * Puts something that is derived where a page marks its place: `<!-- name --> … <!-- /name -->`.
 * @throws Error if the page has no such place
 */
export function putAt(page: string, name: string, content: string): string {
  const place = new RegExp(`(<!-- ${name} -->\\n)[^]*?(<!-- /${name} -->)`);
  if (!place.test(page)) throw new Error(`There is no <!-- ${name} --> … <!-- /${name} -->.`);
  // A function, because a `$` in a replacement means something.
  return page.replace(
    place,
    (_all, begin: string, end: string) => `${begin}\n${content}\n\n${end}`,
  );
}

/** A table in Markdown. */
export function tableOf(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [headings, headings.map(() => '---'), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}
