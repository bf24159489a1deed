// Random tensors from explicit keys: equal keys give equal numbers, on every device.
import { ArgumentError, type Shape, threefry } from "@millrace/kernels";
import { apply } from "../graph/node.ts";
import { Tensor, tensor } from "./tensor.ts";

/** A key u32[2] from a seed, a whole number from 0 to 2^53 - 1. */
export const randomKey = (seed: number): Tensor => {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new ArgumentError(`a seed must be a whole number from 0 to 2^53 - 1, but is ${seed}`);
  return tensor(Uint32Array.of(Math.floor(seed / 2 ** 32), seed >>> 0));
};

/** Independent seeds from one: seed number `index` of the family, for shuffles and initialisers. */
export const deriveSeed = (seed: number, index: number): number => {
  const [high, low] = threefry(Math.floor(seed / 2 ** 32), seed >>> 0, index, 0x6d696c6c);
  return (high & 0x1fffff) * 2 ** 32 + low;
};

/** Keys u32[count, 2] derived from one. */
export const splitKey = (key: Tensor, count: number): Tensor => randomBits(key, [count, 2]);

/** u32 random bits. */
export const randomBits = (key: Tensor, shape: Shape): Tensor =>
  new Tensor(apply("random", [key.value], { distribution: "bits", shape }));
/** f32 uniform in [0, 1). */
export const randomUniform = (key: Tensor, shape: Shape): Tensor =>
  new Tensor(apply("random", [key.value], { distribution: "uniform", shape }));
/** f32 standard normal. */
export const randomNormal = (key: Tensor, shape: Shape): Tensor =>
  new Tensor(apply("random", [key.value], { distribution: "normal", shape }));
