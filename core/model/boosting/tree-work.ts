// What growing trees asks of the memory that holds a table's bins, its scores and their derivatives. There are two: plain arrays
// (plain-work.ts) and a WASM device (wasm-work.ts). Sums are whole numbers and losses plain float64 operations in one order,
// so both give the same bits, and any number of threads does.
import type { BinnedColumn } from "./bin-columns.ts";
import type { FoundSplit, NodeOptions } from "./find-split.ts";
import type { Objective } from "./objective.ts";
import type { NodeSums } from "./split-gain.ts";

/** The bins of a table's rows. */
export interface BinnedTable extends Disposable {
  readonly rows: number;
  readonly columns: readonly BinnedColumn[];
  /** By column: the bin behind the others holds rows. */
  readonly hasMissing: readonly boolean[];
  /** Makes room for a fit. Disposed of before another is made. */
  readonly open: (objective: Objective, rows: FitRows, histograms: number) => TreeWork;
}

/** Rows of a fit, rising. */
export interface FitRows {
  /** Rows that trees are grown over, at least one. */
  readonly training: Int32Array;
  /** Rows that judge rounds where the specification has patience. */
  readonly held: Int32Array;
}

/** A place for the sums of one node. */
export type HistogramPlace = number;

/** A leaf's rows in the order of the tree, and what it adds to their scores. */
export interface LeafStep {
  readonly from: number;
  readonly to: number;
  readonly value: number;
}

/** A node as rows walk through it; without `left` it is a leaf. The right child follows the left one. */
export interface WalkNode {
  readonly column: number;
  readonly goesLeft: Uint8Array | undefined;
  readonly left: number | undefined;
  readonly value: number;
}

export interface TreeWork extends Disposable {
  /** Scores of all rows, group by group; a view that the next call may end. */
  readonly scores: () => Float64Array;
  /** Sets the scores of all rows. */
  readonly begin: (start: Float32Array) => void;
  /** Takes derivatives at the scores, for all groups and training rows; gives the mean loss of these rows. */
  readonly derive: () => Promise<number>;
  /** The mean loss of the held rows. */
  readonly heldLoss: () => Promise<number>;
  /** Begins a tree of a group over rows, and columns that may be split. */
  readonly plant: (group: number, rows: Int32Array, used: Int32Array) => void;
  /** Places of histograms that are free. */
  readonly free: HistogramPlace[];
  /** Sums the rows order[from, to) into a place. */
  readonly sum: (into: HistogramPlace, from: number, to: number) => Promise<void>;
  /** Takes a child's sums from its parent's, which become those of the other child. */
  readonly subtract: (parent: HistogramPlace, child: HistogramPlace) => Promise<void>;
  /** Sums over a column's bins: those of the node. */
  readonly total: (of: HistogramPlace, column: number) => NodeSums;
  /** The best split of a node: of equals that of the first column. */
  readonly split: (of: HistogramPlace, node: NodeOptions) => Promise<FoundSplit | undefined>;
  /** Puts the rows order[from, to) that go left before the others; gives where the others begin. */
  readonly partition: (from: number, to: number, column: number, goesLeft: Uint8Array) => Promise<number>;
  /** Rows order[from, to). */
  readonly rowsOf: (from: number, to: number) => Int32Array;
  /** Adds leaves of the tree to the scores of their rows. */
  readonly addLeaves: (leaves: readonly LeafStep[]) => Promise<void>;
  /** Adds the tree to the scores of rows that it was not grown over. */
  readonly walk: (rows: Int32Array, nodes: readonly WalkNode[]) => Promise<void>;
}

/** Bits for the number of so many rows. */
export const bitsOfRows = (rows: number): number => Math.ceil(Math.log2(rows + 1));

/** Bits of a row's gradient: those of the sums stay below 52. */
export const gradientBits = (rows: number): number => Math.min(30, 51 - bitsOfRows(rows));

/** Bits of a row's hessian: their sums and the number of rows share 63 bits. */
export const hessianBits = (rows: number): number => Math.min(gradientBits(rows), 63 - 2 * bitsOfRows(rows));

/** A power of two that brings numbers up to `most` below 2^bits; 1 / it is exact. */
export const fixedFactor = (most: number, bits: number): number => {
  if (!(most > 0)) return 2 ** bits;
  let exponent = bits - Math.ceil(Math.log2(most));
  while (most * 2 ** exponent > 2 ** bits) exponent--;
  return 2 ** Math.max(-1000, Math.min(1000, exponent));
};
