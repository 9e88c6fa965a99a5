export interface WhileAwayOptions<Piece> {
  /** What is to be done now; undefined: nothing. */
  readonly next: () => Piece | undefined;
  /** Never rejects; stops when the signal is aborted. What it leaves undone is the next again. */
  readonly work: (piece: Piece, signal: AbortSignal) => Promise<void>;
}

/** Work that is done piece by piece while the user is away, and broken off once the user is back. */
export class WhileAway<Piece> {
  readonly #options: WhileAwayOptions<Piece>;
  #isAway = false;
  #isClosed = false;
  #running: { readonly controller: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(options: WhileAwayOptions<Piece>) {
    this.#options = options;
  }

  /** Tells whether the user is away. */
  setAway(isAway: boolean): void {
    this.#isAway = isAway;
    if (!isAway) this.#running?.controller.abort();
    this.consider();
  }

  /** There may be something to do. */
  consider(): void {
    if (!this.#isAway || this.#isClosed || this.#running !== undefined) return;
    const piece = this.#options.next();
    if (piece === undefined) return;
    const controller = new AbortController();
    this.#running = { controller, ended: this.#run(piece, controller.signal) };
  }

  /** Breaks off what runs, for good. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#running?.controller.abort();
    await this.#running?.ended;
  }

  async #run(piece: Piece, signal: AbortSignal): Promise<void> {
    await this.#options.work(piece, signal);
    this.#running = undefined;
    this.consider();
  }
}
