// How products are cut on a GPU, as data that a device may carry: see matmul/tiles.ts for the choice by shape.

/** A workgroup of (rows / ownRows) x (columns / ownColumns) threads adds `depth` terms a round; all are multiples of 4. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly ownRows: number;
  readonly ownColumns: number;
  /** Reads the next round's elements before this round is added up: hides latency, and costs registers. */
  readonly ahead: boolean;
}

/** Number of the code behind tiles, to be raised when its speed changes: what was tuned with another is no guide. */
export const tilesVersion = 1;

/** All choices for one device. Sums are the same bits for any tile; `slices` and `few` change the order of addition. */
export interface Tiles {
  /** Largest first. */
  readonly tiles: readonly Tile[];
  /** Workgroups that keep the whole GPU busy: a larger tile that gives fewer is passed over. */
  readonly workgroups: number;
  /** Least terms of a slice, where a long sum of few elements is cut. */
  readonly slice: number;
  /** Most rows, or columns, that are multiplied without tiles, reading the other matrix once. */
  readonly few: number;
}
