// Gradient boosting for two classes, in its three parts: columns cut into bins, trees grown over them, rows walked through.
import { type Input, input, type Task, type Tolerance } from "../task.ts";

/** Trees of `leaves` leaves at learning rate 0.1, other options by LightGBM's defaults. */
export interface Boosting {
  readonly kind: "tabular";
  readonly work: "boosting bins" | "boosting trees" | "boosting predict";
  readonly rows: number;
  readonly columns: number;
  readonly trees: number;
  readonly leaves: number;
  /** Mean logistic loss that LightGBM 4.7 has on these rows after these trees: whoever is timed has it to 1 %. */
  readonly loss: number;
}

/** Half of the columns are even, a quarter heavy-tailed, a quarter has twenty values. */
const features = (rows: number, columns: number): Input => {
  const x = input([rows, columns], 29);
  const { data } = x;
  for (let at = 0; at < data.length; at++) {
    const value = data[at] ?? 0;
    const kind = (at % columns) % 4;
    if (kind === 2) data[at] = value / (1.05 - Math.abs(value));
    else if (kind === 3) data[at] = Math.floor(10 * value);
  }
  return x;
};

/** A class by products, steps and a wave of the first seven columns, and as much chance. */
const labels = ({ shape: [rows = 0, columns = 0], data }: Input): Input => {
  const chance = input([rows], 31, -1.5, 1.5).data;
  const y = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const at = (column: number): number => data[row * columns + (column % columns)] ?? 0;
    const signal =
      2 * at(0) * at(1) + (at(2) > 0.7 ? 1 : -0.3) + 0.08 * at(3) + at(4) * at(4) - at(5) * (at(6) > 0 ? 1 : -1);
    y[row] = signal + (chance[row] ?? 0) > 0.3 ? 1 : 0;
  }
  return { shape: [rows], data: y };
};

/** The mean logistic loss of chances of class 1. */
export const logLossOf = (chances: ArrayLike<number>, classes: ArrayLike<number>): number => {
  let sum = 0;
  for (let row = 0; row < classes.length; row++) {
    const chance = chances[row] ?? Number.NaN;
    sum -= Math.log(classes[row] === 1 ? chance : 1 - chance);
  }
  return sum / classes.length;
};

/** Inputs: the table, its classes. The result is the loss; of bins, how many there are. */
export const boostingTask = ({ work, rows, columns, loss }: Boosting): Task => ({
  // Cells of the table a second; the roof reads and writes each once.
  measure: { unit: "Gelem/s", amount: rows * columns, roof: "copy", bytes: 8 * rows * columns },
  inputs: () => {
    const x = features(rows, columns);
    return [x, labels(x)];
  },
  outputShape: [1],
  expected: ([x]) => {
    if (work !== "boosting bins") return () => loss;
    let bins = 0;
    for (let column = 0; column < columns; column++) {
      const values = new Set<number>();
      for (let row = 0; row < rows && values.size < 255; row++) values.add(x?.data[row * columns + column] ?? 0);
      bins += values.size;
    }
    return () => bins;
  },
  tolerance: { relative: 0.01, absolute: 0 } satisfies Tolerance,
});
