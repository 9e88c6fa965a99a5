/** How far back the speed looks, in ms. */
const WINDOW = 5_000;
/** Before so much time has passed a speed would be a guess, in ms. */
const LEAST = 500;

/** The speed of the last seconds. */
export class SpeedMeter {
  #samples: { readonly at: number; readonly bytes: number }[] = [];

  /** Notes how many bytes are there at a moment, in ms. */
  note(at: number, bytes: number): void {
    const last = this.#samples.at(-1);
    // Other bytes than those that flowed, or a clock that was set: begun anew.
    if (last !== undefined && (bytes < last.bytes || at < last.at)) this.reset();
    this.#samples.push({ at, bytes });
    this.#samples = this.#samples.filter((one) => one.at >= at - WINDOW);
  }

  reset(): void {
    this.#samples = [];
  }

  /** Bytes per second; undefined until it is known. */
  speed(now: number): number | undefined {
    const [first] = this.#samples.filter(({ at }) => at >= now - WINDOW);
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || now - first.at < LEAST) return undefined;
    return ((last.bytes - first.bytes) * 1000) / (now - first.at);
  }
}
