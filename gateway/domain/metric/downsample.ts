// Fewer points of the same curve: largest triangle three buckets (Steinarsson 2013), which keeps the peaks that a
// plain stride would step over.
import type { Points } from "../../data/metric/packing.ts";

/**
 * Picks at most `count` points, the first and the last among them, so that the drawn curve changes least.
 *
 * @param count at least 3; a curve with no more points is returned as it is
 */
export function downsample(points: Points, count: number): { steps: number[]; values: number[] } {
  const length = points.steps.length;
  if (length <= count) return { steps: [...points.steps], values: [...points.values] };
  const x = (index: number) => points.steps[index] ?? 0;
  // A value that is not finite has no height; it is drawn as a gap and must not swallow its bucket.
  const y = (index: number) => {
    const value = points.values[index] ?? 0;
    return Number.isFinite(value) ? value : 0;
  };
  const width = (length - 2) / (count - 2);
  const picked = [0];
  for (let bucket = 0; bucket < count - 2; bucket++) {
    const start = Math.floor(bucket * width) + 1;
    const end = Math.floor((bucket + 1) * width) + 1;
    const nextEnd = Math.min(Math.floor((bucket + 2) * width) + 1, length);
    let meanX = 0;
    let meanY = 0;
    for (let index = end; index < nextEnd; index++) {
      meanX += x(index) / (nextEnd - end);
      meanY += y(index) / (nextEnd - end);
    }
    const last = picked.at(-1) ?? 0;
    let best = start;
    let largest = -1;
    for (let index = start; index < end; index++) {
      const area = Math.abs((x(last) - meanX) * (y(index) - y(last)) - (x(last) - x(index)) * (meanY - y(last)));
      if (area > largest) {
        largest = area;
        best = index;
      }
    }
    picked.push(best);
  }
  picked.push(length - 1);
  return { steps: picked.map(x), values: picked.map((index) => points.values[index] ?? 0) };
}
