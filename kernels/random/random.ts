// Counter-based random numbers: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw 2011). Element i depends on the
// key and i alone, so the stream is the same on every device and for any number of threads.
import { ArgumentError, DTypeError } from "../contract/error.ts";
import { type AttributeValue, op } from "../contract/op.ts";
import { describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";

export type RandomAttributes = {
  readonly [name: string]: AttributeValue;
  /** "bits": u32; "uniform": f32 in [0, 1) with 23 random bits; "normal": f32, mean 0, variance 1. */
  readonly distribution: "bits" | "uniform" | "normal";
  readonly shape: readonly number[];
};

const rotations = [13, 15, 26, 6, 17, 29, 16, 24];

/** One Threefry-2x32-20 block: two counter words under two key words. */
export const threefry = (key0: number, key1: number, counter0: number, counter1: number): [number, number] => {
  const keys = [key0 >>> 0, key1 >>> 0, (key0 ^ key1 ^ 0x1bd11bda) >>> 0];
  let x0 = (counter0 + (keys[0] ?? 0)) >>> 0;
  let x1 = (counter1 + (keys[1] ?? 0)) >>> 0;
  for (let round = 0; round < 20; round++) {
    const by = rotations[round % 8] ?? 0;
    x0 = (x0 + x1) >>> 0;
    x1 = ((x1 << by) | (x1 >>> (32 - by))) >>> 0;
    x1 = (x1 ^ x0) >>> 0;
    if (round % 4 === 3) {
      const step = (round + 1) / 4;
      x0 = (x0 + (keys[step % 3] ?? 0)) >>> 0;
      x1 = (x1 + (keys[(step + 1) % 3] ?? 0) + step) >>> 0;
    }
  }
  return [x0, x1];
};

export const outputType = (key: TensorType | undefined, attributes: RandomAttributes): TensorType => {
  if (key?.dtype !== "u32" || sizeOf(key.shape) !== 2)
    throw new DTypeError(
      `random takes a key u32[2], but got ${key ? describeType(key) : "none"}; make one with randomKey(seed)`,
    );
  if (!["bits", "uniform", "normal"].includes(attributes.distribution))
    throw new ArgumentError(
      `random knows the distributions bits, uniform and normal, not "${attributes.distribution}"`,
    );
  return { dtype: attributes.distribution === "bits" ? "u32" : "f32", shape: attributes.shape };
};

/**
 * Random numbers of a shape from a key u32[2]. "normal" is Box-Muller on the two words of one block for each element:
 * u1 = uniform(word 0) in (0, 1] as 1 - u, u2 = uniform(word 1); sqrt(-2 ln u1) cos(2 pi u2), block counter (i, 1).
 */
export const random = op<RandomAttributes>({
  name: "random",
  inputs: ["key"],
  outputs: ([key], attributes) => [outputType(key, attributes)],
  work: (_, { shape, distribution }) => ({
    flops: (distribution === "normal" ? 110 : 50) * sizeOf(shape),
    bytes: 4 * sizeOf(shape),
  }),
});
