// The penguins of vega-datasets as plain numbers: the 342 that were measured, each measure with mean 0 and variance 1.
interface Penguin {
  readonly Species: string;
  readonly [column: string]: string | number | null;
}

const columns = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"];
const species = ["Adelie", "Chinstrap", "Gentoo"];

export const width = columns.length;

/** Penguins as arrays. */
export interface Penguins {
  readonly count: number;
  /** Row-major [count, width]. */
  readonly features: Float32Array;
  /** Index of each penguin's species. */
  readonly labels: Int32Array;
}

/** @param text penguins.json */
export const readPenguins = (text: string): Penguins => {
  const rows: Penguin[] = JSON.parse(text);
  const measured = rows.filter((row) => columns.every((column) => typeof row[column] === "number"));
  const count = measured.length;
  const features = new Float32Array(count * width);
  columns.forEach((column, j) => {
    const values = measured.map((row) => Number(row[column]));
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
    for (const [i, value] of values.entries()) features[i * width + j] = (value - mean) / deviation;
  });
  return { count, features, labels: Int32Array.from(measured, (row) => species.indexOf(row.Species)) };
};
