// Training rows with gaps, as imputers see them: each column relative to what gaps hold at first, so that no digits are lost
// to a mean far from 0, and a filled gap is 0. What imputers share of their graph is here too.
import { concatenate, type Tensor } from "../tensor/tensor.ts";
import { columnValues, type KeptBatches, orderStatistic } from "./column-values.ts";
import { FitError } from "./error.ts";
import type { NamedTensors } from "./features.ts";
import type { FittedNumbers } from "./fitted.ts";
import { type FittedStep, fittedVector, type Stage, taken } from "./numeric-step.ts";

export interface GappedMatrix {
  readonly rows: number;
  readonly width: number;
  /** [rows, width] relative to `centre`, 0 in gaps. */
  readonly values: Float64Array;
  /** [rows, width]: 1 where a value is there. */
  readonly present: Uint8Array;
  /** Gaps of each column. */
  readonly gaps: readonly number[];
  /** The first fill of each column. */
  readonly centre: readonly number[];
  /** The largest magnitude that is there. */
  readonly largest: number;
}

/** @throws FitError for a column without a value */
export const gappedMatrix = (
  kept: KeptBatches,
  names: readonly string[],
  fill: "mean" | "median",
  step: string,
): GappedMatrix => {
  const width = names.length;
  const rows = kept.reduce((sum, batch) => sum + batch.rows, 0);
  const centre = names.map((name, column) => {
    const own = columnValues(kept, column);
    if (own.length === 0)
      throw new FitError(name, -1, `no training row has a value, so there is nothing for ${step} to learn`);
    return fill === "mean"
      ? own.reduce((sum, value) => sum + value, 0) / own.length
      : orderStatistic(own.sort(), (own.length - 1) / 2);
  });
  const values = new Float64Array(rows * width);
  const present = new Uint8Array(rows * width);
  const gaps = new Array<number>(width).fill(0);
  let largest = 0;
  let at = 0;
  for (const batch of kept)
    for (const value of batch.values) {
      const column = at % width;
      if (Number.isNaN(value)) gaps[column] = (gaps[column] ?? 0) + 1;
      else {
        values[at] = value - (centre[column] ?? 0);
        present[at] = 1;
        largest = Math.max(largest, Math.abs(value));
      }
      at++;
    }
  return { rows, width, values, present, gaps, centre, largest };
};

/** What the graph knows of a row before it is filled. */
export interface GappedStage {
  /** [rows, width] relative to the centre, 0 in gaps. */
  readonly x: Tensor;
  /** bool [rows, width]. */
  readonly present: Tensor;
}

/**
 * A fitted step that fills gaps and adds indicators where asked.
 * @param locations further parameters that are places on the axes of the columns
 * @param fill gives the rows without a gap, relative to the centre
 */
export const imputingStep = (
  { gaps, centre }: GappedMatrix,
  names: readonly string[],
  addIndicator: boolean,
  own: { readonly parameters: Readonly<Record<string, FittedNumbers>>; readonly locations: readonly string[] },
  fill: (stage: GappedStage, parameters: NamedTensors) => Tensor,
): FittedStep => {
  const lacking = addIndicator ? gaps.flatMap((count, column) => (count > 0 ? [column] : [])) : [];
  return {
    // The place shifts with the door's origin, and the centre brings the column back to where it was.
    parameters: { place: fittedVector(centre), centre: fittedVector(centre), ...own.parameters },
    locations: ["place", ...own.locations],
    featureNames: [...names, ...lacking.map((column) => `missingindicator_${names[column]}`)],
    apply: ({ matrix, present }: Stage, parameters) => {
      const rows = matrix.shape[0] ?? 0;
      const relative = matrix.subtract(taken(parameters, "place"));
      const filled = present ? fill({ x: present.where(relative, 0), present }, parameters) : relative;
      const whole = filled.add(taken(parameters, "centre"));
      if (lacking.length === 0) return { matrix: whole };
      const absent = present ? present.not().to("f32") : matrix.multiply(0);
      return { matrix: concatenate([whole, ...lacking.map((column) => absent.slice([0, column], [rows, 1]))], 1) };
    },
  };
};
