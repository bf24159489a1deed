// Calls of reshape, identity, transpose, slice, pad, concatenate for the shared suite, and how far a device may be from the reference.

import type { Case, Check } from "../contract/check.ts";
import type { Attributes } from "../contract/op.ts";
import { within } from "../contract/tolerance.ts";
import type {
  ConcatenateAttributes,
  PadAttributes,
  ReshapeAttributes,
  SliceAttributes,
  TransposeAttributes,
} from "./move.ts";

const tolerance = within(0, 0);

export const reshapeCheck: Check<ReshapeAttributes> = {
  tolerance,

  cases: [
    { inputs: [{ dtype: "f32", shape: [2, 6] }], attributes: { shape: [3, 4] } },
    { inputs: [{ dtype: "i32", shape: [4, 0] }], attributes: { shape: [0, 2] } },
    { inputs: [{ dtype: "f32", shape: [1, 1] }], attributes: { shape: [] } },
  ],
};

export const identityCheck: Check<Attributes> = {
  tolerance,

  cases: [
    { inputs: [{ dtype: "f32", shape: [2, 3] }], attributes: {} },
    { inputs: [{ dtype: "i32", shape: [0] }], attributes: {} },
    {
      inputs: [
        { dtype: "f32", shape: [4] },
        { dtype: "f32", shape: [2, 2] },
      ],
      attributes: {},
    },
  ],
};

export const transposeCheck: Check<TransposeAttributes> = {
  tolerance,

  cases: [
    ...[
      [1, 1],
      [3, 5],
      [4, 4],
      [8, 16],
      [33, 65],
      [130, 70],
      [0, 4],
      [1, 9],
    ].map(
      (shape): Case<TransposeAttributes> => ({
        inputs: [{ dtype: "f32", shape }],
        attributes: { permutation: [1, 0] },
      }),
    ),
    ...[
      [0, 2, 1],
      [1, 0, 2],
      [2, 1, 0],
      [2, 0, 1],
      [0, 1, 2],
    ].map(
      (permutation): Case<TransposeAttributes> => ({
        inputs: [{ dtype: "f32", shape: [3, 5, 7] }],
        attributes: { permutation },
      }),
    ),
    { inputs: [{ dtype: "i32", shape: [2, 3, 4, 5] }], attributes: { permutation: [0, 2, 1, 3] } },
    { inputs: [{ dtype: "bool", shape: [3, 4] }], attributes: { permutation: [1, 0] } },
    { inputs: [{ dtype: "f32", shape: [] }], attributes: { permutation: [] } },
  ],
};

export const sliceCheck: Check<SliceAttributes> = {
  tolerance,

  cases: [
    { inputs: [{ dtype: "f32", shape: [10] }], attributes: { start: [3], size: [5] } },
    { inputs: [{ dtype: "f32", shape: [6, 7] }], attributes: { start: [1, 2], size: [4, 5] } },
    { inputs: [{ dtype: "f32", shape: [6, 7] }], attributes: { start: [2, 0], size: [3, 7] } },
    { inputs: [{ dtype: "i32", shape: [3, 4, 5] }], attributes: { start: [0, 1, 0], size: [3, 2, 5] } },
    { inputs: [{ dtype: "f32", shape: [40, 50] }], attributes: { start: [1, 1], size: [39, 48] } },
    { inputs: [{ dtype: "f32", shape: [4, 3] }], attributes: { start: [4, 0], size: [0, 3] } },
    { inputs: [{ dtype: "f32", shape: [] }], attributes: { start: [], size: [] } },
  ],
};

export const padCheck: Check<PadAttributes> = {
  tolerance,

  cases: [
    { inputs: [{ dtype: "f32", shape: [5] }], attributes: { before: [2], after: [3], value: 0 } },
    { inputs: [{ dtype: "f32", shape: [4, 5] }], attributes: { before: [1, 0], after: [0, 2], value: -1.5 } },
    { inputs: [{ dtype: "i32", shape: [2, 3, 4] }], attributes: { before: [0, 1, 2], after: [1, 1, 0], value: 7 } },
    { inputs: [{ dtype: "f32", shape: [0, 3] }], attributes: { before: [2, 0], after: [0, 0], value: 1 } },
    { inputs: [{ dtype: "f32", shape: [30, 41] }], attributes: { before: [3, 3], after: [3, 3], value: 0 } },
  ],
};

export const concatenateCheck: Check<ConcatenateAttributes> = {
  tolerance,

  cases: [
    {
      inputs: [
        { dtype: "f32", shape: [5] },
        { dtype: "f32", shape: [3] },
      ],
      attributes: { axis: 0 },
    },
    {
      inputs: [
        { dtype: "f32", shape: [4, 1] },
        { dtype: "f32", shape: [4, 7] },
        { dtype: "f32", shape: [4, 2] },
      ],
      attributes: { axis: 1 },
    },
    {
      inputs: [
        { dtype: "i32", shape: [2, 3, 4] },
        { dtype: "i32", shape: [2, 5, 4] },
      ],
      attributes: { axis: 1 },
    },
    {
      inputs: [
        { dtype: "f32", shape: [3, 0] },
        { dtype: "f32", shape: [3, 2] },
      ],
      attributes: { axis: 1 },
    },
    { inputs: [{ dtype: "f32", shape: [6, 2] }], attributes: { axis: 0 } },
    {
      inputs: Array.from({ length: 20 }, (_, i) => ({ dtype: "f32" as const, shape: [130, 1 + (i % 3)] })),
      attributes: { axis: 1 },
    },
  ],
};
