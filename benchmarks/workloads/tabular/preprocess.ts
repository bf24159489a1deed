// The steps before most models, fitted and applied: gaps filled with means, numbers scaled, categories one-hot encoded, over
// rows like those of flights.
import { type Input, input, type Task, type Tolerance } from "../task.ts";

/** Three numbers with gaps in two of a hundred rows; a day of seven, and an airport of 230, of which 19 keep a feature. */
export interface Preprocess {
  readonly kind: "tabular";
  readonly work: "preprocess";
  readonly rows: number;
}

export const preprocessColumns = { numbers: ["delay", "distance", "minute"], categories: ["day", "airport"] } as const;
export const days = 7;
export const airports = 230;
/** Features of a category at most, that of the rare ones included. */
export const maxCategories = 20;
const width = 3 + days + maxCategories;

const numbers = (rows: number): Input => {
  const x = input([rows, 3], 41, 0, 1);
  const gaps = input([rows, 3], 43, 0, 1).data;
  x.data.forEach((share, at) => {
    const column = at % 3;
    const value = column === 0 ? Math.floor(200 * share ** 3) - 10 : Math.floor((column === 1 ? 3000 : 1440) * share);
    x.data[at] = (gaps[at] ?? 0) < 0.02 ? Number.NaN : value;
  });
  return x;
};

const categories = (rows: number): Input => {
  const x = input([rows, 2], 47, 0, 1);
  x.data.forEach((share, at) => {
    x.data[at] = at % 2 === 0 ? Math.floor(days * share) : Math.floor(airports * share ** 3);
  });
  return x;
};

/** What is compared of the features [rows, 30], rows first: the means of the columns, and of their squares. */
export const digestOf = (features: ArrayLike<number>): Float64Array => {
  const digest = new Float64Array(2 * width);
  for (let at = 0; at < features.length; at++) {
    const value = features[at] ?? Number.NaN;
    const column = at % width;
    digest[column] = (digest[column] ?? 0) + value;
    digest[width + column] = (digest[width + column] ?? 0) + value * value;
  }
  return digest.map((sum) => (sum * width) / features.length);
};

/** The same features by plain loops in float64. */
const plainly = (x: Float32Array, codes: Float32Array): Float64Array => {
  const rows = codes.length / 2;
  const features = new Float64Array(rows * width);
  for (let column = 0; column < 3; column++) {
    let [sum, count, squares] = [0, 0, 0];
    for (let at = column; at < x.length; at += 3)
      if (!Number.isNaN(x[at])) {
        sum += x[at] ?? 0;
        count++;
      }
    const mean = sum / count;
    for (let at = column; at < x.length; at += 3) if (!Number.isNaN(x[at])) squares += ((x[at] ?? 0) - mean) ** 2;
    const deviation = Math.sqrt(squares / rows);
    for (let row = 0; row < rows; row++) {
      const value = x[3 * row + column] ?? Number.NaN;
      features[row * width + column] = Number.isNaN(value) ? 0 : (value - mean) / deviation;
    }
  }
  const counts = new Array<number>(airports).fill(0);
  for (let row = 0; row < rows; row++) counts[codes[2 * row + 1] ?? 0] = (counts[codes[2 * row + 1] ?? 0] ?? 0) + 1;
  const frequent = [...counts.keys()]
    .sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0))
    .slice(0, maxCategories - 1)
    .sort((a, b) => a - b);
  for (let row = 0; row < rows; row++) {
    features[row * width + 3 + (codes[2 * row] ?? 0)] = 1;
    const place = frequent.indexOf(codes[2 * row + 1] ?? 0);
    features[row * width + 3 + days + (place < 0 ? maxCategories - 1 : place)] = 1;
  }
  return features;
};

/** Inputs: the numbers, and the codes of the categories. The result is a digest of the features. */
export const preprocessTask = ({ rows }: Preprocess): Task => ({
  // Cells of the features a second; the roof reads the table and writes the features once.
  measure: { unit: "Gelem/s", amount: rows * width, roof: "copy", bytes: 4 * rows * (5 + width) },
  inputs: () => [numbers(rows), categories(rows)],
  outputShape: [2 * width],
  expected: ([x, codes]) => {
    const digest = digestOf(plainly(x?.data ?? new Float32Array(), codes?.data ?? new Float32Array()));
    return (index) => digest[index] ?? Number.NaN;
  },
  tolerance: { relative: 1e-4, absolute: 1e-4 } satisfies Tolerance,
});
