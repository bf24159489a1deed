// One group of weights as codes, a scale and a zero point, at any share of its range.

/** What a group becomes. */
export interface CodedGroup {
  readonly scale: number;
  /** 0 with 8 bits. */
  readonly zero: number;
  readonly codes: Int32Array;
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/**
 * Rounds weights to the nearest of the steps that cover `share` of their range; those outside go to its ends. With 8 bits the
 * range is symmetric; with 4 it reaches from the lowest weight (or 0) to the highest (or 0), so that 0 is always exact.
 */
export const codeGroup = (weights: Float64Array, bits: 8 | 4, share: number): CodedGroup => {
  let [low, high] = [0, 0];
  for (const weight of weights) {
    low = Math.min(low, weight);
    high = Math.max(high, weight);
  }
  const steps = bits === 8 ? Math.max(high, -low) / 127 : (high - low) / 15;
  const scale = Math.fround(steps * share) || 1;
  const zero = bits === 8 ? 0 : clamp(Math.round((-low * share) / scale), 0, 15);
  const [first, last] = bits === 8 ? [-127, 127] : [0, 15];
  return { scale, zero, codes: Int32Array.from(weights, (w) => clamp(Math.round(w / scale) + zero, first, last)) };
};
