// The plain float64 meaning of random.
import type { Reference } from "../contract/reference.ts";
import { sizeOf } from "../contract/tensor-type.ts";
import { outputType, type RandomAttributes, threefry } from "./random.ts";

/** Word of the stream for element i: word i % 2 of the block with counter (floor(i / 2), 0). */
const wordAt = (key0: number, key1: number, element: number): number =>
  threefry(key0, key1, Math.floor(element / 2), 0)[element % 2] ?? 0;

/** f32 in [0, 1): the upper 23 bits times 2^-23. */
const uniformOf = (bits: number): number => (bits >>> 9) * 2 ** -23;

export const randomReference: Reference<RandomAttributes> = ([key], attributes) => {
  const type = outputType(key?.type, attributes);
  const [key0 = 0, key1 = 0] = key?.data ?? [];
  const size = sizeOf(type.shape);
  if (attributes.distribution === "bits")
    return [{ type, data: Uint32Array.from({ length: size }, (_, i) => wordAt(key0, key1, i)) }];
  const data = Float64Array.from({ length: size }, (_, i) => {
    if (attributes.distribution === "uniform") return uniformOf(wordAt(key0, key1, i));
    const [word0, word1] = threefry(key0, key1, i, 1);
    return Math.sqrt(-2 * Math.log(1 - uniformOf(word0))) * Math.cos(2 * Math.PI * uniformOf(word1));
  });
  return [{ type, data }];
};
