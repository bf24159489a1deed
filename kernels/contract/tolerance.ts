// How far a device's answer may lie from the float64 reference, as data of the contract.
import { roundToHalf } from "./half.ts";
import type { DType } from "./tensor-type.ts";

/**
 * A bound for f32 results: |got - want| <= absolute + relative * |want|. Integers and booleans must be equal. An f16 result
 * is an f32 one rounded once more: see halfTolerance.
 */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

const f32Epsilon = 2 ** -23;
/** Smallest f32 that is not subnormal: devices may flush below it, so no bound is tighter than this. */
export const f32MinimumNormal = 2 ** -126;

/** A bound of `count` units in the last place of f32. */
export const ulps = (count: number): Tolerance => ({ relative: count * f32Epsilon, absolute: f32MinimumNormal });

/** A bound with an absolute part, for ops whose terms cancel (sums, matmul): scale it by the data in `absolute`. */
export const within = (relative: number, absolute: number): Tolerance => ({ relative, absolute });

/** A bound for f16 results where f32 ones are within `bound`: a result may cross the middle between two. None stays none. */
export const halfTolerance = (bound: Tolerance): Tolerance =>
  bound.relative === 0 && bound.absolute === 0 ? bound : within(bound.relative + 2 ** -10, bound.absolute + 2 ** -24);

/** True when `got` meets `want`: both NaN, the same infinity, or inside the bound. `dtype` is f16 or f32. */
export const meets = (got: number, want: number, tolerance: Tolerance, dtype: DType = "f32"): boolean => {
  if (Number.isNaN(want) || Number.isNaN(got)) return Number.isNaN(want) && Number.isNaN(got);
  const rounded = dtype === "f16" ? roundToHalf(want) : Math.fround(want);
  if (!Number.isFinite(rounded) || !Number.isFinite(got)) {
    // A value within one bound of the largest number may overflow on either side.
    const end = (dtype === "f16" ? 65_504 : 3.4028234e38) * (1 - tolerance.relative);
    return got === rounded || (Math.min(Math.abs(got), Math.abs(want)) >= end && got > 0 === want > 0);
  }
  return Math.abs(got - want) <= tolerance.absolute + tolerance.relative * Math.abs(want);
};
