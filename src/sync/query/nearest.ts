/** The option that differs least from a misspelt word; undefined if none is near. */
export function nearest(word: string, options: readonly string[]): string | undefined {
  const ranked = options
    .map((option) => ({ option, distance: distanceOf(word, option.replace(/[@:]/g, '')) }))
    .sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(1, word.length / 3)
    ? best.option
    : undefined;
}

/** How many letters have to be put in, left out or exchanged: Levenshtein's distance. */
function distanceOf(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const exchange = (previous[column - 1] ?? 0) + Number(from[row - 1] !== to[column - 1]);
      current.push(Math.min(exchange, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
