// Calls of takeAlong, scatterAddAlong for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import type { Attributes } from "../contract/op.ts";
import type { DType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import type { ScatterAddAlongAttributes } from "./along.ts";

const call = (
  leading: number[],
  length: number,
  count: number,
  dtype: DType = "f32",
  values?: readonly number[],
): Case<Attributes> => ({
  inputs: [
    { dtype, shape: [...leading, length] },
    { dtype: "i32", shape: [...leading, count] },
  ],
  attributes: {},
  values: ["normal", values ?? `index:${Math.max(1, length)}`],
});

export const takeAlongCheck: Check<Attributes> = {
  tolerance: within(0, 0),

  cases: [
    call([], 5, 7),
    call([1], 1, 1),
    call([3], 4, 9, "i32"),
    call([2, 3], 70, 33, "u32"),
    call([2], 3000, 5000),
    call([3], 4, 4, "bool"),
    call([], 3, 5, "f32", [-1, 0, 2, 3, 1]),
    call([2], 0, 3),
    call([2], 3, 0),
    call([0], 3, 2),
  ],
};

const scatterCall = (
  leading: number[],
  size: number,
  count: number,
  values: string | readonly number[] = `index:${Math.max(1, size)}`,
): Case<ScatterAddAlongAttributes> => ({
  inputs: [
    { dtype: "i32", shape: [...leading, count] },
    { dtype: "f32", shape: [...leading, count] },
  ],
  attributes: { size },
  values: [values, "normal"],
});

export const scatterAddAlongCheck: Check<ScatterAddAlongAttributes> = {
  tolerance: within(2e-6, 2e-5),

  cases: [
    scatterCall([], 5, 7),
    scatterCall([3], 4, 9),
    scatterCall([2, 3], 70, 33),
    scatterCall([2], 40, 256),
    scatterCall([2], 40, 257),
    scatterCall([2], 3000, 2500),
    scatterCall([], 4, 6, [0, 3, 3, -1, 4, 0]),
    scatterCall([2], 0, 3),
    scatterCall([2], 3, 0),
    scatterCall([0], 3, 2),
  ],
};
