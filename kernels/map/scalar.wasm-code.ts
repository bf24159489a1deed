// WASM code of the element-wise functions on four lanes, one line a function. Booleans are masks inside a map (all ones or
// all zeros); functions that no instruction has are copied from the AssemblyScript build (scalar.wasm.ts).
import { DTypeError } from "../contract/error.ts";
import type { DType } from "../contract/tensor-type.ts";
import { get, set, simd, vectorOp } from "./wasm-encoder.ts";

/** What code may ask of the function under construction. */
export interface CodeContext {
  /** A local with this word in every lane. */
  readonly constant: (bits: number) => number;
  /** A new local of four lanes. */
  readonly local: () => number;

  /** The word in every lane of a local, where that is known. */
  readonly known: (local: number) => number | undefined;
  /** Inlines an exported function of the build on the given locals. */
  readonly call: (name: string, args: readonly number[]) => number[];
}

/** Code that leaves the result on the stack, given the locals of its arguments and their dtype in lanes (never f16 or u8). */
type Code = (args: readonly number[], dtype: DType, context: CodeContext) => number[];

const plain =
  (number: number): Code =>
  (args) => [...args.flatMap(get), ...vectorOp(number)];
/** One instruction for each dtype; bool is compared as unsigned masks. */
const byDType =
  (f32: number, i32: number, u32: number): Code =>
  (args, dtype) => [...args.flatMap(get), ...vectorOp(dtype === "f32" ? f32 : dtype === "i32" ? i32 : u32)];
const copied =
  (name: string): Code =>
  (args, _, context) =>
    context.call(name, args);

const copiedByDType =
  (f32: string, i32: string, u32: string): Code =>
  (args, dtype, context) =>
    context.call(dtype === "f32" ? f32 : dtype === "i32" ? i32 : u32, args);

const f32One = 0x3f800000;
const f32Infinity = 0x7f800000;
const first = (args: readonly number[]): number[] => get(args[0] ?? 0);
const withConstant = (args: readonly number[], bits: number, number: number, context: CodeContext): number[] => [
  ...first(args),
  ...get(context.constant(bits)),
  ...vectorOp(number),
];

const toF32: Code = (args, dtype, context) => {
  if (dtype === "f32") return first(args);
  if (dtype === "bool") return withConstant(args, f32One, simd.and, context);
  return [...first(args), ...vectorOp(dtype === "i32" ? simd.convertSigned : simd.convertUnsigned)];
};
const toU32: Code = (args, dtype, context) => {
  if (dtype === "u32") return first(args);
  if (dtype === "i32") return withConstant(args, 0, simd.i32MaximumSigned, context);
  return [...first(args), ...vectorOp(dtype === "f32" ? simd.truncateUnsigned : simd.i32Negate)];
};

/**
 * maximum or minimum of f32. Beside a number that is known one instruction will do: pmax(x, y) gives x where either is NaN
 * or both are zero. Two more for a zero that would lose its sign.
 */
const extremum =
  (integer: Code, name: string, pseudo: number, lost: number): Code =>
  (args, dtype, context) => {
    if (dtype !== "f32") return integer(args, dtype, context);
    const [x = 0, y = 0] = args;
    const [known, other] = context.known(y) === undefined ? [x, y] : [y, x];
    const bits = context.known(known);
    if (bits === undefined || (bits & 0x7fffffff) > f32Infinity) return context.call(name, args);
    const code = [...get(other), ...get(known), ...vectorOp(pseudo)];
    if (bits >>> 0 !== lost) return code;
    // x + 0 turns -0 into +0; -(-x + 0) turns +0 into -0.
    const plusZero = [...get(context.constant(0)), ...vectorOp(simd.f32Add)];
    const negate = vectorOp(simd.f32Negate);
    return lost === 0 ? [...code, ...plusZero] : [...code, ...negate, ...plusZero, ...negate];
  };

const codes: Readonly<Record<string, Code>> = {
  add: byDType(simd.f32Add, simd.i32Add, simd.i32Add),
  subtract: byDType(simd.f32Subtract, simd.i32Subtract, simd.i32Subtract),
  multiply: byDType(simd.f32Multiply, simd.i32Multiply, simd.i32Multiply),
  divide: plain(simd.f32Divide),
  power: copied("map_power"),
  maximum: extremum(
    byDType(0, simd.i32MaximumSigned, simd.i32MaximumUnsigned),
    "map_maximum",
    simd.f32PseudoMaximum,
    0,
  ),
  minimum: extremum(
    byDType(0, simd.i32MinimumSigned, simd.i32MinimumUnsigned),
    "map_minimum",
    simd.f32PseudoMinimum,
    0x80000000,
  ),
  negate: byDType(simd.f32Negate, simd.i32Negate, simd.i32Negate),
  absolute: (args, dtype) =>
    dtype === "u32"
      ? first(args)
      : [...first(args), ...vectorOp(dtype === "f32" ? simd.f32Absolute : simd.i32Absolute)],
  sign: copied("map_sign"),
  floor: plain(simd.f32Floor),
  ceil: plain(simd.f32Ceil),
  sqrt: plain(simd.f32SquareRoot),
  exp: copied("map_exp"),
  log: copied("map_log"),
  sin: copied("map_sin"),
  cos: copied("map_cos"),
  tanh: copied("map_tanh"),
  sigmoid: copied("map_sigmoid"),
  erf: copied("map_erf"),
  expm1: copied("map_expm1"),
  log1p: copied("map_log1p"),
  atan: copied("map_atan"),
  atan2: copied("map_atan2"),
  round: plain(simd.f32Nearest),
  truncate: plain(simd.f32Truncate),
  remainder: copiedByDType("map_remainder", "map_remainderSigned", "map_remainderUnsigned"),
  bitAnd: plain(simd.and),
  bitOr: plain(simd.or),
  bitXor: plain(simd.xor),
  bitNot: plain(simd.not),
  shiftLeft: copied("map_shiftLeft"),
  shiftRight: copiedByDType("map_shiftRightSigned", "map_shiftRightSigned", "map_shiftRightUnsigned"),
  // x where it is not below zero: two instructions, and NaN stays, while f32x4.max takes seven.
  relu: (args, _, context) => [
    ...first(args),
    ...withConstant(args, 0, simd.f32Less, context),
    ...vectorOp(simd.andNot),
  ],
  equal: byDType(simd.f32Equal, simd.i32Equal, simd.i32Equal),
  notEqual: byDType(simd.f32NotEqual, simd.i32NotEqual, simd.i32NotEqual),
  less: byDType(simd.f32Less, simd.i32LessSigned, simd.i32LessUnsigned),
  lessEqual: byDType(simd.f32LessEqual, simd.i32LessEqualSigned, simd.i32LessEqualUnsigned),
  greater: byDType(simd.f32Greater, simd.i32GreaterSigned, simd.i32GreaterUnsigned),
  greaterEqual: byDType(simd.f32GreaterEqual, simd.i32GreaterEqualSigned, simd.i32GreaterEqualUnsigned),
  and: plain(simd.and),
  or: plain(simd.or),
  xor: plain(simd.xor),
  not: plain(simd.not),
  isFinite: (args, _, context) => [
    ...first(args),
    ...vectorOp(simd.f32Absolute),
    ...get(context.constant(f32Infinity)),
    ...vectorOp(simd.f32Less),
  ],
  isNaN: ([x = 0]) => [...get(x), ...get(x), ...vectorOp(simd.f32NotEqual)],
  select: ([condition = 0, x = 0, y = 0]) => [...get(x), ...get(y), ...get(condition), ...vectorOp(simd.bitselect)],
  toF32,
  toF16: (args, dtype, context) => {
    if (dtype === "f32") return context.call("map_roundHalf", args);
    const local = context.local();
    return [...toF32(args, dtype, context), ...set(local), ...context.call("map_roundHalf", [local])];
  },
  toI32: (args, dtype, context) => {
    if (dtype === "i32") return first(args);
    if (dtype === "u32") return withConstant(args, 0x7fffffff, simd.i32MinimumUnsigned, context);
    return [...first(args), ...vectorOp(dtype === "f32" ? simd.truncateSigned : simd.i32Negate)];
  },
  toU32,
  toU8: (args, dtype, context) => [
    ...toU32(args, dtype, context),
    ...get(context.constant(255)),
    ...vectorOp(simd.i32MinimumUnsigned),
  ],
  toBool: (args, dtype, context) =>
    dtype === "bool"
      ? first(args)
      : withConstant(args, 0, dtype === "f32" ? simd.f32NotEqual : simd.i32NotEqual, context),
};

/** Code of a function on locals of one dtype. @throws DTypeError for a name that has none */
export const scalarCode = (name: string, args: readonly number[], dtype: DType, context: CodeContext): number[] => {
  const code = codes[name];
  if (!code) throw new DTypeError(`the WASM map has no code for "${name}"`);
  return code(args, dtype, context);
};
