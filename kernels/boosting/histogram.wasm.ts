// Sums of gradients, hessians and rows by bin, for boosting: see core/model/boosting/histogram.ts, whose bits these are, as
// float64 adds whole numbers below 2^53 exactly.

/**
 * Adds the rows order[from, to).
 * @param bins u8 [rows, width]
 * @param used i32 [count, 2]: a column, and the byte of its first bin in the histogram
 * @param into f64 [bins, 3]
 */
export function boostingHistogram(
  bins: usize,
  width: u32,
  used: usize,
  count: u32,
  gradients: usize,
  hessians: usize,
  order: usize,
  from: u32,
  to: u32,
  into: usize,
): void {
  const last = used + (<usize>count << 3);
  for (let i = from; i < to; i++) {
    const row = <usize>load<u32>(order + (<usize>i << 2));
    const both = f64x2.replace_lane(
      f64x2.splat(<f64>load<i32>(gradients + (row << 2))),
      1,
      <f64>load<i32>(hessians + (row << 2)),
    );
    const start = bins + row * <usize>width;
    for (let at = used; at < last; at += 8) {
      const sums = into + <usize>load<u32>(at, 4) + 24 * <usize>load<u8>(start + <usize>load<u32>(at));
      v128.store(sums, f64x2.add(v128.load(sums), both));
      store<f64>(sums, load<f64>(sums, 16) + 1, 16);
    }
  }
}
