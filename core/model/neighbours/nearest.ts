// The nearest of stored rows, as graph: a matrix product ranks them all, and those that it ranks first are measured again by
// their differences, so that distances have float32's digits, equal rows are at 0, and of equals the first row wins.
import type { NamedTensors } from "../../preprocess/features.ts";
import { takeAlongAxis } from "../../tensor/indexing.ts";
import { topK } from "../../tensor/sort.ts";
import { concatenate, type Tensor } from "../../tensor/tensor.ts";
import type { FitContext, Matrix, StoredParameter } from "../estimator.ts";
import { parameterOf } from "../parameter-of.ts";
import { halfSquares, originOf, relativeTo } from "./origin.ts";
import type { NeighbourMetric } from "./specification.ts";
import { toUnitLength, unitRows } from "./unit-length.ts";

/**
 * Stored rows that are compared at a time. What a batch needs is rows x 2,048 floats: 64 MB at the 8,192 rows of the largest
 * batch, however many rows are stored.
 */
const storedTogether = 2048;
/** Floats of differences, row by row, that the Manhattan metric takes at a time. */
const differencesTogether = 4096;
/** Rows measured again beyond those asked for: a product's rounding may put near equals in another order. */
const spare = 4;

/** What nearest() reads: the rows, and where they are measured from. */
export const storeRows = async (
  x: Matrix,
  metric: NeighbourMetric,
  { device }: FitContext,
): Promise<Record<string, StoredParameter>> => {
  const { rows, columns } = x;
  const origin = metric === "cosine" ? new Float32Array(columns) : originOf(x);
  // Units of length are made as the graph makes them, so that equal rows stay equal.
  const own = metric === "cosine" ? await unitRows(x, device) : relativeTo(origin, x);
  return {
    rows: { shape: [rows, columns], data: own },
    ...(metric === "cosine" ? {} : { origin: { shape: [columns], data: origin } }),
    ...(metric === "euclidean" ? { halfSquares: { shape: [rows], data: halfSquares(own, columns) } } : {}),
  };
};

/** Features as the stored rows are. */
const placed = (features: Tensor, metric: NeighbourMetric, parameters: NamedTensors): Tensor =>
  metric === "cosine" ? toUnitLength(features) : features.subtract(parameterOf(parameters, "origin"));

/** Larger is nearer: for stored rows [from, from + count), [rows, count]. */
const nearness = (
  x: Tensor,
  metric: NeighbourMetric,
  parameters: NamedTensors,
  from: number,
  count: number,
): Tensor => {
  const stored = parameterOf(parameters, "rows");
  const [all = 0, columns = 0] = stored.shape;
  const own = count === all ? stored : stored.slice([from, 0], [count, columns]);
  if (metric !== "manhattan") {
    const products = x.matmul(own, { transposeB: true });
    if (metric === "cosine") return products;
    const halves = parameterOf(parameters, "halfSquares");
    return products.add((count === all ? halves : halves.slice([from], [count])).negate());
  }
  const rows = x.shape[0] ?? 0;
  return x
    .reshape([rows, 1, columns])
    .subtract(own.reshape([1, count, columns]))
    .absolute()
    .sum({ axis: 2 })
    .negate();
};

/** Distances of each row of x [rows, columns] to those that stand in its own row of others [rows, count, columns]. */
const measured = (x: Tensor, others: Tensor, metric: NeighbourMetric): Tensor => {
  const [rows = 0, columns = 0] = x.shape;
  const own = x.reshape([rows, 1, columns]);
  const apart = own.subtract(others);
  if (metric === "manhattan") return apart.absolute().sum({ axis: 2 });
  const squares = apart.square().sum({ axis: 2 });
  if (metric === "euclidean") return squares.sqrt();
  // Of units of length, half the squared difference is 1 - cosine without its cancellation; zeros are at 1 from all.
  const lengths = own
    .square()
    .sum({ axis: 2 })
    .multiply(others.square().sum({ axis: 2 }));
  return lengths.greater(0.25).where(squares.multiply(0.5), 1);
};

export interface Nearest {
  /** f32 [rows, count], ascending. */
  readonly distances: Tensor;
  /** i32 [rows, count]: which stored row; of equals the first. */
  readonly indices: Tensor;
}

/** The `count` nearest stored rows of each row of features; `count` is at most how many are stored. */
export const nearest = (
  features: Tensor,
  metric: NeighbourMetric,
  parameters: NamedTensors,
  count: number,
): Nearest => {
  const stored = parameterOf(parameters, "rows");
  const [all = 0, columns = 0] = stored.shape;
  const x = placed(features, metric, parameters);
  const together = metric === "manhattan" ? Math.max(1, Math.floor(differencesTogether / columns)) : storedTogether;
  const kept = Math.min(all, count + spare);
  const size = Math.max(Math.ceil(all / Math.ceil(all / together)), kept);
  const found = [];
  for (let from = 0; from < all; from += size) {
    const own = Math.min(size, all - from);
    const first = topK(nearness(x, metric, parameters, from, own), Math.min(kept, own));
    found.push({ values: first.values, indices: first.indices.add(from) });
  }
  const [only] = found;
  const indices =
    found.length === 1 && only
      ? only.indices
      : takeAlongAxis(
          concatenate(
            found.map((part) => part.indices),
            1,
          ),
          topK(
            concatenate(
              found.map((part) => part.values),
              1,
            ),
            kept,
          ).indices,
        );
  // In ascending order of rows, so that the first of equals is the first row.
  const ascending = topK(indices, kept, { smallest: true }).values;
  const distances = measured(x, stored.gather(ascending), metric);
  const best = topK(distances, count, { smallest: true });
  return { distances: best.values, indices: takeAlongAxis(ascending, best.indices) };
};
