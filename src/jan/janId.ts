/** Whether Jan takes this id for a model: path-like, without a way out of its folder. */
export function isJanId(id: string): boolean {
  const parts = id.split('/');
  return /^[\w/.-]+$/.test(id) && parts.every((part) => !/^\.{0,2}$/.test(part));
}

/**
 * The id that Jan gives to a file: its name without suffix and strange characters, dots as
 * underscores, below its author. Undefined if nothing is left of it.
 */
export function janIdOf(name: string, author?: string): string | undefined {
  const sanitised = [author, name.replace(/\.gguf$/i, '')]
    .filter((part) => part !== undefined)
    .map((part) => part.replace(/[^\w.-]/g, '').replaceAll('.', '_'));
  const id = sanitised.join('/');
  return isJanId(id) ? id : undefined;
}
