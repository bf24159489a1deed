// The score of a forest on rows that its trees did not draw (Breiman 2001): each row is judged by the trees that never saw it,
// so no row has to be held out.
import type { FitData } from "../estimator.ts";
import type { GrownTree } from "./grow-tree.ts";
import type { TrainingColumns } from "./split-search.ts";

/** Sums up what trees say of rows that they did not draw. */
export interface OutOfBag {
  /** @param drawn above 0 where the tree saw the row @param counted above 0 where the row counts */
  readonly add: (tree: GrownTree, drawn: Float64Array, counted: Float64Array) => void;
  /** Accuracy or R squared, and the rows that it speaks of; null where every tree saw every row. */
  readonly score: () => { readonly oobScore: number | null; readonly oobRows: number };
}

/** An empty account. */
export const outOfBag = ({ rows, values }: TrainingColumns, { codes, target }: FitData, width: number): OutOfBag => {
  const sums = new Float64Array(rows * width);
  const votes = new Float64Array(rows);
  const leafOf = (tree: GrownTree, row: number): number => {
    let node = 0;
    for (let split = tree.splits[0]; split; split = tree.splits[node]) {
      const value = values[split.column * rows + row] ?? 0;
      const left = Number.isNaN(value) ? split.missingLeft : value <= (split.threshold ?? 0);
      node = (tree.left[node] ?? 0) + (left ? 0 : 1);
    }
    return node;
  };
  return {
    add: (tree, drawn, counted) => {
      for (let row = 0; row < rows; row++) {
        if (drawn[row] !== 0 || counted[row] === 0) continue;
        const leaf = leafOf(tree, row);
        votes[row] = (votes[row] ?? 0) + 1;
        for (let k = 0; k < width; k++)
          sums[row * width + k] = (sums[row * width + k] ?? 0) + (tree.values[leaf * width + k] ?? 0);
      }
    },
    score: () => {
      const judged = [...votes.keys()].filter((row) => (votes[row] ?? 0) > 0);
      const oobRows = judged.length;
      if (oobRows === 0) return { oobScore: null, oobRows };
      if (codes) {
        const right = judged.filter((row) => {
          const own = sums.subarray(row * width, (row + 1) * width);
          return own.indexOf(own.reduce((most, value) => Math.max(most, value))) === codes[row];
        });
        return { oobScore: right.length / oobRows, oobRows };
      }
      const truth = (row: number): number => target?.[row] ?? 0;
      const mean = judged.reduce((sum, row) => sum + truth(row), 0) / oobRows;
      const squares = (of: (row: number) => number): number => judged.reduce((sum, row) => sum + of(row) ** 2, 0);
      const spread = squares((row) => truth(row) - mean);
      const error = squares((row) => truth(row) - (sums[row] ?? 0) / (votes[row] ?? 1));
      // As R squared goes where nothing varies.
      return { oobScore: spread > 0 ? 1 - error / spread : Number(error === 0), oobRows };
    },
  };
};
