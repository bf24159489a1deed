// IncrementalPCA: the definition (Ross, Lim, Lin and Yang 2008). The components so far, as long as their singular values, stand
// above the rows of the next batch, and what the means moved by; the directions of all that are the next components.
import { addMultiple } from "../model/linear/householder.ts";
import { type KeptBatches, keepBatch, mergeBatches } from "./column-values.ts";
import type { IncrementalPCA } from "./decomposition-specification.ts";
import { FitError } from "./error.ts";
import type { NumericStepDefinition, StepBatch } from "./numeric-step.ts";
import { checkWhole, principalStep } from "./pca.ts";
import { type Principal, principalOf } from "./principal.ts";
import { addRows, noRows } from "./scatter.ts";

/** Components so far, and rows that wait until they make a batch. */
interface Growing {
  readonly width: number;
  readonly known?: Principal | undefined;
  readonly waiting: KeptBatches;
}

const countRows = (batches: KeptBatches): number => batches.reduce((sum, { rows }) => sum + rows, 0);

/** The directions of rows as they stand. */
const directionsOf = async (rows: readonly Float64Array[], width: number, keep: number) => {
  const values = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    values.set(row, i * width);
  });
  const found = await principalOf(
    addRows(noRows(width), { rows: rows.length, width, values }, false),
    false,
    undefined,
  );
  return { squares: found.squares.slice(0, keep), components: found.components.slice(0, keep) };
};

const longRows = ({ squares, components }: Principal): Float64Array[] =>
  components.map((component, i) => component.map((weight) => weight * Math.sqrt(squares[i] ?? 0)));

/** Two sets of components put together; `rows` are those of the right, about its mean. */
const joined = async (
  left: Principal | undefined,
  right: { readonly count: number; readonly mean: Float64Array; readonly total: number },
  rows: readonly Float64Array[],
  nComponents: number | null,
): Promise<Principal> => {
  const { count: added, mean: own, total: sum } = right;
  const width = own.length;
  if (!left) {
    const keep = nComponents ?? Math.min(rows.length, width);
    return { ...right, ...(await directionsOf(rows, width, keep)) };
  }
  const count = left.count + added;
  const apart = own.map((value, k) => value - (left.mean[k] ?? 0));
  const lever = (left.count * added) / count;
  const moved = apart.map((value) => value * Math.sqrt(lever));
  const found = await directionsOf([...longRows(left), ...rows, moved], width, left.components.length);
  const mean = left.mean.slice();
  addMultiple(mean, added / count, apart);
  const total = left.total + sum + lever * apart.reduce((all, value) => all + value * value, 0);
  return { count, mean, total, ...found };
};

/** Takes the first `count` waiting rows in as a batch. */
const takeIn = async ({ width, known, waiting }: Growing, count: number, step: IncrementalPCA): Promise<Growing> => {
  const rows: Float64Array[] = [];
  const rest: StepBatch[] = [];
  for (const batch of waiting) {
    const own = Math.min(batch.rows, count - rows.length);
    for (let row = 0; row < own; row++) rows.push(batch.values.slice(row * width, (row + 1) * width));
    if (own < batch.rows) rest.push({ rows: batch.rows - own, width, values: batch.values.subarray(own * width) });
  }
  const mean = new Float64Array(width);
  for (const row of rows) addMultiple(mean, 1 / count, row);
  for (const row of rows) addMultiple(row, -1, mean);
  const total = rows.reduce((sum, row) => sum + row.reduce((all, value) => all + value * value, 0), 0);
  return { width, waiting: rest, known: await joined(known, { count, mean, total }, rows, step.nComponents) };
};

/** Takes in what waits, as far as it makes batches; a last one of fewer rows than components goes with the one before. */
const grown = async (state: Growing, step: IncrementalPCA): Promise<Growing> => {
  const size = step.batchSize ?? 5 * state.width;
  let next = state;
  while (countRows(next.waiting) >= size + (step.nComponents ?? 0)) next = await takeIn(next, size, step);
  return next;
};

const settled = async (state: Growing, step: IncrementalPCA): Promise<Growing> => {
  const left = countRows(state.waiting);
  return left > 0 ? takeIn(state, left, step) : state;
};

/** See IncrementalPCA. */
export const incrementalPcaDefinition: NumericStepDefinition<IncrementalPCA, Growing> = {
  takesMissing: false,
  check: ({ nComponents, batchSize }) => {
    if (nComponents !== null) checkWhole("nComponents", nComponents, 1);
    if (batchSize !== null) checkWhole("batchSize", batchSize, Math.max(2, nComponents ?? 1));
  },
  start: (width) => ({ width, waiting: [] }),
  add: (state, batch, step) => grown({ ...state, waiting: keepBatch(state.waiting, batch) }, step),
  merge: async (left, right, step) => {
    if (!left.known || !right.known)
      return grown(
        { ...left, known: left.known ?? right.known, waiting: mergeBatches(left.waiting, right.waiting) },
        step,
      );
    const known = await joined(left.known, right.known, longRows(right.known), step.nComponents);
    return grown({ ...left, known, waiting: mergeBatches(left.waiting, right.waiting) }, step);
  },
  finish: async (step, state, names) => {
    const { known } = await settled(state, step);
    const most = Math.min(known?.count ?? 0, names.length);
    const wanted = step.nComponents ?? 1;
    if (!known || known.count < 2)
      throw new FitError(
        names[0] ?? "",
        -1,
        `IncrementalPCA takes at least two rows, but there are ${known?.count ?? 0}`,
      );
    if (wanted > most)
      throw new FitError(
        names[0] ?? "",
        -1,
        `IncrementalPCA finds at most ${most} components of ${known.count} rows and ${names.length} columns, but ${wanted} are wanted`,
      );
    return principalStep(known, { whiten: step.whiten, prefix: "incrementalpca" });
  },
};
