// PolynomialFeatures: products of columns up to a degree, in scikit-learn's order. It learns nothing.
import { ArgumentError } from "@millrace/kernels";
import { concatenate, type Tensor } from "../tensor/tensor.ts";
import { FitError } from "./error.ts";
import type { PolynomialFeatures } from "./numeric-specification.ts";
import type { NumericStepDefinition } from "./numeric-step.ts";

/** More features than this are refused: they would not fit beside the rows. */
const featureLimit = 65_536;

/** The column that a product is multiplied by first on the way to one degree more. */
const nextColumn = (product: readonly number[], distinct: boolean): number =>
  (product[product.length - 1] ?? 0) + Number(distinct && product.length > 0);

/** Products of one degree more: each kept with the last column in it. */
const raise = (before: readonly (readonly number[])[], width: number, distinct: boolean): number[][] =>
  before.flatMap((product) => {
    const from = nextColumn(product, distinct);
    return Array.from({ length: Math.max(0, width - from) }, (_, i) => [...product, from + i]);
  });

const productsOf = (
  { degree, interactionOnly, includeBias }: PolynomialFeatures,
  names: readonly string[],
): number[][] => {
  const all: number[][] = includeBias ? [[]] : [];
  let level: number[][] = [[]];
  for (let own = 1; own <= degree; own++) {
    // Counted before they are made: 10,000 columns have 50 million products of two.
    const next = level.reduce(
      (sum, product) => sum + Math.max(0, names.length - nextColumn(product, interactionOnly)),
      0,
    );
    if (all.length + next > featureLimit)
      throw new FitError(
        names[0] ?? "",
        -1,
        `degree ${degree} over ${names.length} columns gives more than ${featureLimit} features: choose fewer columns, or FeatureCrosses`,
      );
    level = raise(level, names.length, interactionOnly);
    all.push(...level);
  }
  return all;
};

const nameOf = (product: readonly number[], names: readonly string[]): string => {
  if (product.length === 0) return "1";
  return [...new Set(product)]
    .map((column) => {
      const power = product.filter((own) => own === column).length;
      return power === 1 ? names[column] : `${names[column]}^${power}`;
    })
    .join(" ");
};

/** See PolynomialFeatures. */
export const polynomialFeaturesDefinition: NumericStepDefinition<PolynomialFeatures, null> = {
  takesMissing: false,
  check: ({ degree }) => {
    if (!(Number.isInteger(degree) && degree >= 1))
      throw new ArgumentError(`degree takes a whole number from 1 on, but got ${degree}`);
  },
  start: () => null,
  add: () => null,
  merge: () => null,
  finish: (step, _, names) => {
    const products = productsOf(step, names);
    return {
      parameters: {},
      featureNames: products.map((product) => nameOf(product, names)),
      apply: ({ matrix }) => {
        const rows = matrix.shape[0] ?? 0;
        const width = names.length;
        const blocks: Tensor[] = step.includeBias ? [matrix.slice([0, 0], [rows, 1]).multiply(0).add(1)] : [];
        // The products of a degree that go on from one column stand together, so each column is multiplied into a block.
        let level: number[][] = Array.from({ length: width }, (_, i) => [i]);
        let block = matrix;
        blocks.push(block);
        for (let degree = 2; degree <= step.degree; degree++) {
          const parts = level.flatMap((product, at) => {
            const last = product[product.length - 1] ?? 0;
            const from = step.interactionOnly ? last + 1 : last;
            if (from >= width) return [];
            return [block.slice([0, at], [rows, 1]).multiply(matrix.slice([0, from], [rows, width - from]))];
          });
          if (parts.length === 0) break;
          level = raise(level, width, step.interactionOnly);
          block = parts.length === 1 && parts[0] ? parts[0] : concatenate(parts, 1);
          blocks.push(block);
        }
        return { matrix: blocks.length === 1 ? matrix : concatenate(blocks, 1) };
      },
    };
  },
};
