// What a plan takes at least, before it has run: each step at the roof that its device was measured to have.
import type { Work } from "@millrace/kernels";
import type { Plan } from "./plan.ts";

/** The measured limits of a device. */
export interface DeviceRoof {
  /** Operations a second in f32; a multiply-add counts as two. */
  readonly flopsPerSecond: number;
  /** Bytes read and written a second by a copy that touches so many bytes, smallest first. */
  readonly bandwidths: readonly { readonly bytes: number; readonly bytesPerSecond: number }[];
}

/** Seconds that work takes at the roof, by operations and by bytes. */
export const secondsAtRoof = (
  roof: DeviceRoof,
  { flops, bytes }: Work,
): { readonly compute: number; readonly memory: number } => {
  const bandwidth = roof.bandwidths.find((each) => each.bytes >= bytes) ?? roof.bandwidths.at(-1);
  return { compute: flops / roof.flopsPerSecond, memory: bandwidth ? bytes / bandwidth.bytesPerSecond : 0 };
};

/**
 * Microseconds that each step of a plan takes at a device's roof: the longer of its operations and its bytes. A kernel
 * takes more by its share of the roof, which `profiled` tells; steps of the reference device are not meant.
 * @example const steps = predictPlan(compiled.plan(x), await measureRoof(device)); // [61.4, 2.1]
 */
export const predictPlan = ({ steps }: Plan, roof: DeviceRoof): number[] =>
  steps.map(({ work }) => {
    const { compute, memory } = secondsAtRoof(roof, work);
    return 1e6 * Math.max(compute, memory);
  });
