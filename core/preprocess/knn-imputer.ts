// KNNImputer: a gap is filled from the nearest training rows that have the column. One matrix product ranks all training rows
// over the columns that both have; the first of each column's ranking are measured again by their differences, for float32's
// digits.
import { ArgumentError } from "@millrace/kernels";
import { takeAlongAxis } from "../tensor/indexing.ts";
import { topK } from "../tensor/sort.ts";
import { concatenate, type Tensor } from "../tensor/tensor.ts";
import { type KeptBatches, keepBatch, mergeBatches } from "./column-values.ts";
import { FitError } from "./error.ts";
import type { NamedTensors } from "./features.ts";
import { type GappedStage, gappedMatrix, imputingStep } from "./gapped-matrix.ts";
import type { KNNImputer } from "./imputation-specification.ts";
import { type NumericStepDefinition, taken } from "./numeric-step.ts";

/** Values of training rows that a step holds: 16 MiB in a bundle's tensors, and their digits once more in its JSON. */
const mostValues = 2 ** 22;
/** The graph has some 25 nodes a column, each as wide as all columns: 10,000 of them took a minute for twelve rows. */
const mostColumns = 1000;
/** Training rows that are ranked at a time: 64 MiB of distances for the 8,192 rows of the largest batch. */
const rankedTogether = 2048;
/** Rows measured again beyond those asked for: a product's rounding may put near equals in another order. */
const spare = 4;
/** A distance behind all others: of rows that have no column in common, or lack the one that is wanted. */
const apart = 3e38;

/** Squared distances of rows to training rows [from, from + count), as far as a product tells: [rows, count]. */
const ranked = (left: Tensor, own: Tensor, stored: Tensor, has: Tensor, from: number, count: number): Tensor => {
  const width = stored.shape[1] ?? 0;
  const part = (all: Tensor): Tensor => all.slice([from, 0], [count, width]);
  const [values, mask] = [part(stored), part(has)];
  const squares = left.matmul(concatenate([mask, values, values.square()], 1), { transposeB: true });
  const shared = own.matmul(mask, { transposeB: true });
  return shared.greater(0).where(squares.divide(shared), apart);
};

/** The nearest of blocks together: for a column, the places of those that have it, [rows, kept]. */
const nearestOf = (
  blocks: readonly { readonly from: number; readonly squares: Tensor }[],
  has: Tensor,
  column: number,
  kept: number,
): Tensor => {
  const found = blocks.map(({ from, squares }) => {
    const count = squares.shape[1] ?? 0;
    const donors = has.slice([from, column], [count, 1]).reshape([1, count]).greater(0);
    const best = topK(donors.where(squares, apart), Math.min(kept, count), { smallest: true });
    return { values: best.values, indices: best.indices.add(from) };
  });
  const [only] = found;
  if (only && found.length === 1) return only.indices;
  const all = (of: (own: (typeof found)[number]) => Tensor): Tensor => concatenate(found.map(of), 1);
  const best = topK(
    all((own) => own.values),
    kept,
    { smallest: true },
  );
  return takeAlongAxis(
    all((own) => own.indices),
    best.indices,
  );
};

const fillNearest =
  (neighbours: number, weights: KNNImputer["weights"]) =>
  ({ x, present }: GappedStage, parameters: NamedTensors): Tensor => {
    const has = taken(parameters, "has");
    // Gaps hold the place itself, so they are 0 here.
    const stored = taken(parameters, "rows").subtract(taken(parameters, "place"));
    const [all = 0, width = 0] = stored.shape;
    const rows = x.shape[0] ?? 0;
    const own = present.to("f32");
    const left = concatenate([x.square(), x.multiply(-2), own], 1);
    const count = Math.min(neighbours, all);
    const kept = Math.min(all, count + spare);
    const size = Math.max(rankedTogether, kept);
    const blocks = Array.from({ length: Math.ceil(all / size) }, (_, block) => {
      const from = block * size;
      return { from, squares: ranked(left, own, stored, has, from, Math.min(size, all - from)) };
    });
    const filled = Array.from({ length: width }, (_, column) => {
      const places = nearestOf(blocks, has, column, kept);
      const [others, theirs] = [stored.gather(places), has.gather(places)];
      const both = theirs.multiply(own.reshape([rows, 1, width]));
      const squares = x.reshape([rows, 1, width]).subtract(others).square().multiply(both).sum({ axis: 2 });
      const shared = both.sum({ axis: 2 });
      const of = (tensor: Tensor): Tensor => tensor.slice([0, 0, column], [rows, kept, 1]).reshape([rows, kept]);
      const known = shared.greater(0).and(of(theirs).greater(0));
      const best = topK(known.where(squares.divide(shared).multiply(width), apart), count, { smallest: true });
      const near = best.values.less(apart);
      const same = best.values.equal(0);
      const byDistance = same
        .to("f32")
        .max({ axis: 1, keepDimensions: true })
        .greater(0)
        .where(same.to("f32"), best.values.sqrt().power(-1));
      const weight = near.where(weights === "uniform" ? 1 : byDistance, 0);
      const total = weight.sum({ axis: 1, keepDimensions: true });
      const mean = weight
        .multiply(takeAlongAxis(of(others), best.indices))
        .sum({ axis: 1, keepDimensions: true })
        .divide(total);
      // Where no row says anything, the column's mean, which is at 0.
      return total.greater(0).where(mean, 0);
    });
    return present.where(x, concatenate(filled, 1));
  };

/** See KNNImputer. */
export const knnImputerDefinition: NumericStepDefinition<KNNImputer, KeptBatches> = {
  takesMissing: true,
  fills: true,
  check: ({ nNeighbors, weights }) => {
    if (!(Number.isInteger(nNeighbors) && nNeighbors >= 1))
      throw new ArgumentError(`nNeighbors takes a whole number from 1 on, but got ${nNeighbors}`);
    if (weights !== "uniform" && weights !== "distance")
      throw new ArgumentError(`weights takes "uniform" or "distance", but got ${JSON.stringify(weights)}`);
  },
  start: () => [],
  add: keepBatch,
  merge: mergeBatches,
  finish: ({ nNeighbors, weights, addIndicator, kind }, kept, names) => {
    const matrix = gappedMatrix(kept, names, "mean", kind);
    const { rows, width, values, present, centre } = matrix;
    if (width > mostColumns)
      throw new FitError(
        names[0] ?? "",
        -1,
        `${kind} ranks rows for each column over all columns, and ${width} columns are more than ${mostColumns}: use a SimpleImputer, or several groups of columns`,
      );
    if (rows * width > mostValues)
      throw new FitError(
        names[0] ?? "",
        -1,
        `${kind} holds all its training rows, and ${rows} of ${width} columns are more than ${mostValues} values: sample the rows, or use an IterativeImputer`,
      );
    const shape = [rows, width];
    const parameters = {
      rows: { shape, data: Array.from(values, (value, at) => value + (centre[at % width] ?? 0)) },
      has: { shape, data: Array.from(present) },
    };
    const own = { parameters, locations: ["rows"] };
    return imputingStep(matrix, names, addIndicator, own, fillNearest(nNeighbors, weights));
  },
};
