// Disjoint sets of rows (Galler and Fischer 1964), halving paths as they are walked; a set goes by its lowest row.

/** Rows 0 to count - 1, each in a set of its own until joined. */
export class Sets {
  readonly #parents: Int32Array;

  constructor(count: number) {
    this.#parents = Int32Array.from({ length: count }, (_, row) => row);
  }

  /** The lowest row of the set that a row is in. */
  find(row: number): number {
    const parents = this.#parents;
    let at = row;
    for (let parent = parents[at] ?? at; parent !== at; parent = parents[at] ?? at) {
      parents[at] = parents[parent] ?? parent;
      at = parent;
    }
    return at;
  }

  /** Makes one set of those that two rows are in. */
  join(left: number, right: number): void {
    const [a, b] = [this.find(left), this.find(right)];
    this.#parents[Math.max(a, b)] = Math.min(a, b);
  }
}
