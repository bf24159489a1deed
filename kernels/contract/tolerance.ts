// How far a device's answer may lie from the float64 reference, as data of the contract.

/** A bound for f32 results: |got - want| <= absolute + relative * |want|. Integers and booleans must be equal. */
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

/** True when `got` meets `want`: both NaN, the same infinity, or inside the bound. */
export const meets = (got: number, want: number, tolerance: Tolerance): boolean => {
  if (Number.isNaN(want) || Number.isNaN(got)) return Number.isNaN(want) && Number.isNaN(got);
  const rounded = Math.fround(want);
  if (!Number.isFinite(rounded) || !Number.isFinite(got)) {
    // A value within one bound of the largest f32 may overflow on either side.
    return got === rounded || Math.abs(want) >= 3.4028234e38 * (1 - tolerance.relative);
  }
  return Math.abs(got - want) <= tolerance.absolute + tolerance.relative * Math.abs(want);
};
