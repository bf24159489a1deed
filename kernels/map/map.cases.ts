// Calls of the element-wise ops that the shared suite makes on every device.

import type { Case, Check } from "../contract/check.ts";
import type { Attributes } from "../contract/op.ts";
import type { DType, Shape, TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { constantInstruction, type MapProgram } from "./program.ts";
import { scalarTolerance } from "./scalar.cases.ts";
import type { ScalarFunction } from "./scalar.ts";

const f32 = (...shape: number[]): TensorType => ({ dtype: "f32", shape });

const dtypesOf = (scalar: ScalarFunction): DType[][] => {
  if (scalar.signature === "number")
    return (["f32", "i32", "u32"] as const)
      .filter((dtype) => !(dtype === "u32" && (scalar.name === "negate" || scalar.name === "absolute")))
      .map((dtype) => new Array<DType>(scalar.arity).fill(dtype));
  if (scalar.signature === "integer")
    return (["i32", "u32"] as const).map((dtype) => new Array<DType>(scalar.arity).fill(dtype));
  if (scalar.signature === "compare")
    return (["f32", "i32", "u32", "bool"] as const)
      .filter((dtype) => dtype !== "bool" || scalar.name === "equal" || scalar.name === "notEqual")
      .map((dtype) => [dtype, dtype]);
  if (scalar.signature === "logic") return [new Array<DType>(scalar.arity).fill("bool")];
  if (scalar.signature === "select")
    return (["f32", "i32", "u32", "bool"] as const).map((dtype) => ["bool", dtype, dtype]);
  if (scalar.signature.startsWith("cast:")) return [["f32"], ["f16"], ["i32"], ["u32"], ["u8"], ["bool"]];
  return [new Array<DType>(scalar.arity).fill("f32")];
};

const shapesOf = (arity: number): Shape[][] => {
  if (arity === 1) return [[[]], [[1]], [[3]], [[4]], [[2, 17]], [[1025]], [[0]], [[3, 0, 2]]];
  if (arity === 2)
    return [
      [[], []],
      [[5], [5]],
      [[2, 3], [3]],
      [
        [4, 1],
        [1, 6],
      ],
      [
        [2, 1, 5],
        [3, 1],
      ],
      [[1030], []],
      [[0, 3], [3]],
      [
        [7, 8],
        [7, 8],
      ],
    ];
  return [
    [[3], [3], [3]],
    [[2, 1], [2, 9], [9]],
    [[], [6], []],
    [[2, 0], [2, 0], [1]],
  ];
};

/** Every dtype at plain and broadcast shapes, and special values once. */
const scalarCases = (scalar: ScalarFunction): Case<Attributes>[] => {
  const cases: Case<Attributes>[] = [];
  for (const dtypes of dtypesOf(scalar)) {
    for (const shapes of shapesOf(scalar.arity)) {
      cases.push({
        inputs: dtypes.map((dtype, i) => ({ dtype, shape: shapes[i] ?? [] })),
        attributes: {},
        values: dtypes.map(() => (positiveOnly.has(scalar.name) ? "positive" : "normal")),
      });
    }
    if (dtypes.includes("f32") || dtypes.includes("f16"))
      cases.push({
        inputs: dtypes.map((dtype) => ({ dtype, shape: [64] })),
        attributes: {},
        values: dtypes.map(() => "special"),
      });
  }
  return cases;
};

const positiveOnly = new Set(["log", "sqrt", "power"]);

const instruction = (name: string, args: number[], dtype: DType = "f32") => ({
  function: name,
  arguments: args,
  dtype,
  value: null,
});

/** exp(x * 2 + y) with the sum kept: two outputs, a constant, a broadcast row. */
const chain = (shape: number[]): MapProgram => ({
  instructions: [
    constantInstruction(2, "f32"),
    instruction("multiply", [0, 2]),
    instruction("add", [3, 1]),
    instruction("tanh", [4]),
  ],
  outputs: [5, 4],
  shape,
});

/** Adam's update as one program: parameter, gradient, both moments in; three outputs. */
const update = (shape: number[]): MapProgram => ({
  instructions: [
    constantInstruction(0.9, "f32"), // 4
    constantInstruction(0.1, "f32"), // 5
    instruction("multiply", [2, 4]),
    instruction("multiply", [1, 5]),
    instruction("add", [6, 7]), // 8: first moment
    instruction("multiply", [1, 1]),
    instruction("multiply", [9, 5]),
    instruction("multiply", [3, 4]),
    instruction("add", [11, 10]), // 12: second moment
    instruction("absolute", [12]),
    instruction("sqrt", [13]),
    constantInstruction(1e-3, "f32"),
    instruction("add", [14, 15]),
    instruction("divide", [8, 16]),
    instruction("subtract", [0, 17]),
  ],
  outputs: [18, 8, 12],
  shape,
});

/** Halves and bytes in, halves and bytes out: h + b, rounded and saturated; one input of each is kept. */
const packedChain = (shape: number[]): MapProgram => ({
  instructions: [
    instruction("toF32", [0]),
    instruction("toF32", [1]),
    instruction("add", [2, 3]),
    constantInstruction(100.5, "f16"),
    instruction("toF32", [5]),
    instruction("multiply", [4, 6]),
    instruction("toF16", [7], "f16"),
    instruction("toU8", [7], "u8"),
  ],
  outputs: [8, 9, 4, 0],
  shape,
});
const half = (...shape: number[]): TensorType => ({ dtype: "f16", shape });
const byte = (...shape: number[]): TensorType => ({ dtype: "u8", shape });

/** Dense, one element, one a row and rows, at sizes that divide by four, by two and by neither. */
const packedCases: Case<MapProgram>[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 1023, 1025, 4098].map((size) => ({
    inputs: [half(size), byte(size)],
    attributes: packedChain([size]),
  })),
  { inputs: [half(), byte(9)], attributes: packedChain([9]) },
  { inputs: [half(8), byte()], attributes: packedChain([8]) },
  { inputs: [half(5, 1), byte(5, 3)], attributes: packedChain([5, 3]) },
  { inputs: [half(5, 8), byte(5, 1)], attributes: packedChain([5, 8]) },
  { inputs: [half(7), byte(3, 7)], attributes: packedChain([3, 7]) },
  { inputs: [half(2, 1, 12), byte(3, 1)], attributes: packedChain([2, 3, 12]) },
  { inputs: [half(2, 1, 5), byte(3, 1)], attributes: packedChain([2, 3, 5]) },
  { inputs: [half(3, 1026), byte(1026)], attributes: packedChain([3, 1026]) },
  { inputs: [half(0, 3), byte(3)], attributes: packedChain([0, 3]) },
  { inputs: [half(3, 1)], attributes: { instructions: [], outputs: [0], shape: [3, 5] } },
  { inputs: [byte(1, 6)], attributes: { instructions: [], outputs: [0, 0], shape: [7, 6] } },
];

const mapCases: Case<MapProgram>[] = [
  ...packedCases,
  { inputs: [f32(5), f32()], attributes: chain([5]) },
  { inputs: [f32(3, 70), f32(70)], attributes: chain([3, 70]) },
  { inputs: [f32(6, 1), f32(6, 33)], attributes: chain([6, 33]) },
  { inputs: [f32(0, 4), f32(4)], attributes: chain([0, 4]) },
  { inputs: [f32(40_001), f32(40_001)], attributes: chain([40_001]) },
  { inputs: [f32(130), f32(130), f32(130), f32(130)], attributes: update([130]) },
  { inputs: [f32(2, 3, 4)], attributes: { instructions: [], outputs: [0], shape: [2, 3, 4] } },
  { inputs: [f32(1, 3, 1)], attributes: { instructions: [], outputs: [0], shape: [2, 3, 4] } },
  { inputs: [f32()], attributes: { instructions: [], outputs: [0], shape: [9] } },
];

export const mapCheck: Check<MapProgram> = { tolerance: within(1e-5, 1e-6), cases: mapCases };

/** How an element-wise op is tried. */
export const elementwiseCheck = (scalar: ScalarFunction): Check => ({
  tolerance: scalarTolerance(scalar.name),
  cases: scalarCases(scalar),
});
