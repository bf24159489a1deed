// The penguins of vega-datasets as plain numbers: the 342 that were measured, each measure with mean 0 and variance 1.
import { readFileSync } from "node:fs";

interface Penguin {
  readonly Species: string;
  readonly [column: string]: string | number | null;
}

const rows: Penguin[] = JSON.parse(
  readFileSync(new URL("../../../node_modules/vega-datasets/data/penguins.json", import.meta.url), "utf8"),
);
const columns = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"];
const measured = rows.filter((row) => columns.every((column) => typeof row[column] === "number"));

export const count = measured.length;
export const width = columns.length;
export const species = ["Adelie", "Chinstrap", "Gentoo"];
/** Index of each penguin's species. */
export const labels = Int32Array.from(measured, (row) => species.indexOf(row.Species));
/** Row-major [count, width]. */
export const features = new Float32Array(count * width);
columns.forEach((column, j) => {
  const values = measured.map((row) => Number(row[column]));
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
  for (const [i, value] of values.entries()) features[i * width + j] = (value - mean) / deviation;
});
