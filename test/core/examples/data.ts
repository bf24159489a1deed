// The files that the examples read, as text.
import { readFileSync } from "node:fs";
import type { ExampleName } from "./index.ts";

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

export const penguins = read("node_modules/vega-datasets/data/penguins.json");
export const digits = read("test/fixtures/digits/digits.csv");
export const sonnets = read("test/fixtures/text/sonnets.txt");

export const dataOf: Readonly<Record<ExampleName, string>> = {
  perceptron: penguins,
  digitsNetwork: digits,
  characterTransformer: sonnets,
  kMeans: penguins,
};
