// KBinsDiscretizer: numbers to the number of their bin, or to a feature of 0 and 1 for each bin. Uniform bins come from
// extremes and quantile bins from all values; both are exact over shards.
import { ArgumentError } from "@millrace/kernels";
import { concatenate } from "../tensor/tensor.ts";
import { averagedQuantile, type KeptBatches, keepBatch, mergeBatches, sortedColumn } from "./column-values.ts";
import type { KBinsDiscretizer } from "./numeric-specification.ts";
import { fittedVector, type NumericStepDefinition, taken } from "./numeric-step.ts";

/** Numbers this close, relative to their size, may be one number in float32. */
const single = 2.4e-7;

/** An edge moved behind training values that are below it in float64 but at it in float32, where none is above as near. */
const separated = (edge: number, sorted: Float64Array): number => {
  const reach = Math.abs(edge) * single;
  const above = sorted.findIndex((value) => value >= edge);
  const near = (sorted[above - 1] ?? -Infinity) > edge - reach && (sorted[above] ?? Infinity) > edge + reach;
  return near ? edge + reach / 2 : edge;
};

/** Inner edges of the bins of a column. */
const edgesOf = (sorted: Float64Array, { nBins, strategy }: KBinsDiscretizer): number[] => {
  const low = sorted[0] ?? 0;
  const high = sorted[sorted.length - 1] ?? 0;
  if (low === high) return [];
  if (strategy === "uniform")
    return Array.from({ length: nBins - 1 }, (_, i) => low + (i + 1) * ((high - low) / nBins));
  const all = Array.from({ length: nBins + 1 }, (_, i) => averagedQuantile(sorted, i / nBins));
  // Bins narrower than 1e-8 join the one before, as in scikit-learn.
  const kept = all.filter((edge, i) => i === 0 || edge - (all[i - 1] ?? 0) > 1e-8);
  return kept.slice(1, -1);
};

/** See KBinsDiscretizer. */
export const kBinsDiscretizerDefinition: NumericStepDefinition<KBinsDiscretizer, KeptBatches> = {
  takesMissing: false,
  check: ({ nBins, strategy, encode }) => {
    if (!(Number.isInteger(nBins) && nBins >= 2))
      throw new ArgumentError(`nBins takes a whole number from 2 on, but got ${nBins}`);
    if (strategy !== "quantile" && strategy !== "uniform")
      throw new ArgumentError(`strategy takes "quantile" or "uniform", but got ${JSON.stringify(strategy)}`);
    if (encode !== "oneHot" && encode !== "ordinal")
      throw new ArgumentError(`encode takes "oneHot" or "ordinal", but got ${JSON.stringify(encode)}`);
  },
  start: () => [],
  add: keepBatch,
  merge: mergeBatches,
  finish: (step, kept, names) => {
    const edges = names.map((name, column) => {
      const sorted = sortedColumn(kept, column, name, "KBinsDiscretizer");
      return edgesOf(sorted, step).map((edge) => separated(edge, sorted));
    });
    const counts = edges.map((own) => own.length);
    const most = Math.max(...counts);
    // Columns with fewer edges are filled up with an edge that no number reaches.
    const level = (at: number): number[] => edges.map((own) => own[at] ?? 3.4e38);
    return {
      parameters: Object.fromEntries(Array.from({ length: most }, (_, at) => [`edge${at}`, fittedVector(level(at))])),
      locations: Array.from({ length: most }, (_, at) => `edge${at}`),
      featureNames:
        step.encode === "ordinal"
          ? names
          : names.flatMap((name, i) => Array.from({ length: (counts[i] ?? 0) + 1 }, (_, bin) => `${name}_${bin}`)),
      apply: ({ matrix }, parameters) => {
        let bins = matrix.multiply(0);
        for (let at = 0; at < most; at++)
          bins = bins.add(matrix.greaterEqual(taken(parameters, `edge${at}`)).to("f32"));
        if (step.encode === "ordinal") return { matrix: bins };
        const rows = matrix.shape[0] ?? 0;
        const codes = bins.to("i32");
        const blocks = counts.map((count, i) =>
          codes
            .slice([0, i], [rows, 1])
            .reshape([rows])
            .oneHot(count + 1),
        );
        return { matrix: concatenate(blocks, 1) };
      },
    };
  },
};
