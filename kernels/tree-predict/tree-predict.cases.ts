// Calls of treePredict for the shared suite, and how far a device may be from the reference.
import type { Case, Check } from "../contract/check.ts";
import { within } from "../contract/tolerance.ts";
import type { TreePredictAttributes } from "./tree-predict.ts";

interface Ensemble {
  readonly rows: number;
  readonly columns: number;
  readonly trees: number;
  /** Levels of splits of each tree; every third node of the last level is a leaf already. */
  readonly depth: number;
  readonly width?: number;
  readonly groups?: number;
  readonly fill?: string | readonly number[];
  /** Every second column holds categories. */
  readonly categories?: boolean;
}

/** Sets of 3, 40 and no categories, at words 0, 2 and 5; the last says that it is longer than the table. */
const sets = [1, 0b101, 2, 0xf0f0f0f0, 0b1011, 0, 9];

const call = ({
  rows,
  columns,
  trees,
  depth,
  width = 1,
  groups = 1,
  ...rest
}: Ensemble): Case<TreePredictAttributes> => {
  const size = 2 ** (depth + 1) - 1;
  const splits: number[] = [];
  const thresholds: number[] = [];
  for (let node = 0; node < trees * size; node++) {
    const own = node % size;
    const base = node - own;
    const isLeaf = 2 * own + 1 >= size || (own > 2 && own % 3 === 0);
    const column = (node * 7) % Math.max(1, columns);
    const isCategory = rest.categories === true && column % 2 === 0;
    const flags = (node % 2) + (isCategory ? 2 + 4 * ([0, 2, 5, 6][node % 4] ?? 0) : 0);
    splits.push(
      ...(isLeaf
        ? [0, 0, own % 2 ? -1 : node, own % 2 ? -1 : node]
        : [column, flags, base + 2 * own + 1, base + 2 * own + 2]),
    );
    thresholds.push([0, -0.5, 0.25, 1, -1][node % 5] ?? 0);
  }
  const nodes = trees * size;
  return {
    inputs: [
      { dtype: "f32", shape: [rows, columns] },
      { dtype: "i32", shape: [nodes, 4] },
      { dtype: "f32", shape: [nodes] },
      { dtype: "f32", shape: [nodes, width] },
      { dtype: "i32", shape: [trees] },
      ...(rest.categories ? [{ dtype: "u32", shape: [sets.length] } as const] : []),
    ],
    attributes: { depth, groups },
    values: [
      rest.fill ?? "normal",
      splits,
      thresholds,
      "normal",
      Array.from({ length: trees }, (_, tree) => tree * size),
      ...(rest.categories ? [sets] : []),
    ],
  };
};

const given = (
  splits: readonly number[],
  roots: readonly number[],
  depth: number,
  fill: string | readonly number[] = "normal",
): Case<TreePredictAttributes> => ({
  inputs: [
    { dtype: "f32", shape: [9, 2] },
    { dtype: "i32", shape: [splits.length / 4, 4] },
    { dtype: "f32", shape: [splits.length / 4] },
    { dtype: "f32", shape: [splits.length / 4, 1] },
    { dtype: "i32", shape: [roots.length] },
  ],
  attributes: { depth, groups: 1 },
  values: [fill, splits, "normal", "normal", roots],
});

export const treePredictCheck: Check<TreePredictAttributes> = {
  tolerance: within(1e-6, 1e-5),

  cases: [
    call({ rows: 1, columns: 1, trees: 1, depth: 1 }),
    call({ rows: 7, columns: 3, trees: 2, depth: 2 }),
    call({ rows: 8, columns: 3, trees: 5, depth: 5 }),
    call({ rows: 261, columns: 5, trees: 20, depth: 6 }),
    call({ rows: 40, columns: 600, trees: 3, depth: 4 }),
    call({ rows: 33, columns: 4, trees: 6, depth: 3, width: 3 }),
    call({ rows: 33, columns: 4, trees: 7, depth: 3, groups: 3 }),
    call({ rows: 19, columns: 4, trees: 4, depth: 3, width: 2, groups: 2 }),
    call({ rows: 100, columns: 6, trees: 9, depth: 5, fill: "special" }),
    call({ rows: 100, columns: 6, trees: 9, depth: 5, fill: "special", categories: true }),
    call({ rows: 50, columns: 4, trees: 9, depth: 5, fill: "index:70", categories: true }),
    call({
      rows: 4,
      columns: 2,
      trees: 2,
      depth: 2,
      fill: [1e10, 1e-40, -1e-40, -0, 0.9, 2.5, 31, 32],
      categories: true,
    }),
    // Columns, children and roots that do not exist; nodes that lead back.
    given([0, 0, 1, 2, 5, 0, 3, 4, -1, 0, 3, 4, 0, 1, 0, 4, 0, 0, 9, 3], [0, 7, -1, 3], 6),
    given([0, 0, 1, 2, 1, 0, 0, 2, 0, 0, 2, 2], [0], 0),
    call({ rows: 0, columns: 3, trees: 2, depth: 2 }),
    call({ rows: 9, columns: 0, trees: 2, depth: 2 }),
    call({ rows: 9, columns: 3, trees: 0, depth: 2 }),
  ],
};
