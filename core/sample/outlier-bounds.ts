// Bounds of what is no outlier, from the finite numbers of a column, in float64.
import type { DropOutliers } from "./row-step.ts";

/** The quantile of ascending numbers by linear interpolation, as NumPy's default. */
const quantile = (ascending: Float64Array, share: number): number => {
  const at = share * (ascending.length - 1);
  const below = ascending[Math.floor(at)] ?? Number.NaN;
  const above = ascending[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
};

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** 1 / the upper quartile of the standard normal distribution, to which the MAD is held. */
const normalMad = 0.6745;

/** Both inclusive. */
export const outlierBounds = (
  values: Float64Array,
  { method, threshold }: DropOutliers,
): { readonly lower: number; readonly upper: number } => {
  const finite = values.filter(Number.isFinite).sort();
  const everything = { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY };
  if (finite.length === 0) return everything;
  const about = (from: number, to: number, reach: number) =>
    reach > 0 ? { lower: from - reach, upper: to + reach } : everything;
  if (method === "iqr") {
    const [low, high] = [quantile(finite, 0.25), quantile(finite, 0.75)];
    return about(low, high, (threshold ?? 1.5) * (high - low));
  }
  if (method === "zScore") {
    const centre = mean(finite);
    return about(centre, centre, (threshold ?? 3) * Math.sqrt(mean(finite.map((value) => (value - centre) ** 2))));
  }
  const centre = quantile(finite, 0.5);
  const deviation = quantile(finite.map((value) => Math.abs(value - centre)).sort(), 0.5);
  return about(centre, centre, ((threshold ?? 3.5) * deviation) / normalMad);
};
