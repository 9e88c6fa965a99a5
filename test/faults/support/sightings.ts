/** What was seen of one kind of fault. */
interface Row {
  runs: number;
  readonly outcomes: Map<string, number>;
  readonly messages: Set<string>;
}

/** Messages of one fault that are shown: others differ in a name or a number. */
const MOST_MESSAGES = 3;

/** What came of faults, as a table. */
export class Sightings {
  readonly #rows = new Map<string, Row>();

  /** @param message what the user was told, if there was anything to tell */
  note(fault: string, outcome: string, message?: string): void {
    const none: Row = { runs: 0, outcomes: new Map(), messages: new Set() };
    const row = this.#rows.get(fault) ?? none;
    this.#rows.set(fault, row);
    row.runs++;
    row.outcomes.set(outcome, (row.outcomes.get(outcome) ?? 0) + 1);
    if (message !== undefined && row.messages.size < MOST_MESSAGES) row.messages.add(message);
  }

  toString(): string {
    const lines = [...this.#rows].map(([fault, { runs, outcomes, messages }]) => {
      const counted = [...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
      const said = [...messages].map((message) => `\n      "${message}"`).join('');
      return `  ${fault}: ${runs} ${runs === 1 ? 'run' : 'runs'}; ${counted}${said}`;
    });
    return lines.join('\n');
  }
}
