// The element-wise functions: one line each, with its dtype rule, its plain meaning, its cost and its bound.
// WGSL text stands in scalar.wgsl.ts and WASM code in scalar.wasm-code.ts, one line a function in each.
import { DTypeError } from "../contract/error.ts";
import type { DType } from "../contract/tensor-type.ts";
import { type Tolerance, ulps } from "../contract/tolerance.ts";

/**
 * Dtype rule of a function:
 * "float" f32 -> f32; "number" f32, i32 or u32 -> the same; "integer" i32 or u32 -> the same; "compare" two of one dtype -> bool; "logic" bool -> bool;
 * "select" bool, T, T -> T; "test" f32 -> bool; "cast:T" anything -> T.
 */
export type Signature = "float" | "number" | "integer" | "compare" | "logic" | "select" | "test" | `cast:${DType}`;

/** One element-wise function. */
export interface ScalarFunction {
  readonly name: string;
  readonly arity: number;
  readonly signature: Signature;
  /** Meaning on numbers; booleans are 0 and 1. For i32 and u32 the result is wrapped to 32 bits by the caller. */
  readonly reference: (x: number, y: number, z: number) => number;
  /** Operations counted an element: 1 for what hardware has, the usual polynomial's length for what it has not. */
  readonly flops: number;
  readonly tolerance: Tolerance;
}

const exact = ulps(0.5);
const f = (
  name: string,
  arity: number,
  signature: Signature,
  flops: number,
  tolerance: Tolerance,
  reference: ScalarFunction["reference"],
): ScalarFunction => ({ name, arity, signature, flops, tolerance, reference });
const truth = (condition: boolean): number => (condition ? 1 : 0);

/** Largest of two, NaN if either is NaN (as IEEE 754-2019 maximum). */
const maximum = (x: number, y: number): number => Math.max(x, y);
const minimum = (x: number, y: number): number => Math.min(x, y);

/** To the nearest whole number, halves to the even one (IEEE 754 roundTiesToEven). */
const roundHalfToEven = (x: number): number => {
  const below = Math.floor(x);
  const part = x - below;
  if (part === 0.5) return below % 2 === 0 ? below : below + 1;
  return part > 0.5 ? below + 1 : below;
};

/** x - y floor(x / y) without rounding: Python's %, with the sign of y. NaN (0 for integers) where y is 0. */
const remainder = (x: number, y: number): number => {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
};

/** erf by Kummer's series, whose terms are all of one sign: 2 / sqrt pi e^(-x^2) sum of 2^n x^(2n + 1) / (2n + 1)!!. */
const errorFunction = (x: number): number => {
  if (!(Math.abs(x) < 6)) return Number.isNaN(x) ? x : Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
};

/** Bounds are the worst of the devices: WGSL division is 2.5 ULP and its exp and log are wider than WASM's polynomials. */
export const scalarFunctions: readonly ScalarFunction[] = [
  f("add", 2, "number", 1, exact, (x, y) => x + y),
  f("subtract", 2, "number", 1, exact, (x, y) => x - y),
  f("multiply", 2, "number", 1, exact, (x, y) => x * y),
  f("divide", 2, "float", 1, ulps(3), (x, y) => x / y),
  f("power", 2, "float", 20, { relative: 4e-6, absolute: 1e-37 }, (x, y) => x ** y),
  f("maximum", 2, "number", 1, exact, maximum),
  f("minimum", 2, "number", 1, exact, minimum),
  f("negate", 1, "number", 1, exact, (x) => -x),
  f("absolute", 1, "number", 1, exact, Math.abs),
  f("sign", 1, "float", 1, exact, Math.sign),
  f("floor", 1, "float", 1, exact, Math.floor),
  f("ceil", 1, "float", 1, exact, Math.ceil),
  f("sqrt", 1, "float", 1, ulps(3), Math.sqrt),
  f("exp", 1, "float", 10, { relative: 1e-6, absolute: 1e-37 }, Math.exp),
  f("log", 1, "float", 10, { relative: 5e-7, absolute: 2.5e-7 }, Math.log),
  f("sin", 1, "float", 12, { relative: 0, absolute: 1e-6 }, Math.sin),
  f("cos", 1, "float", 12, { relative: 0, absolute: 1e-6 }, Math.cos),
  f("tanh", 1, "float", 14, { relative: 2e-6, absolute: 1e-7 }, Math.tanh),
  f("sigmoid", 1, "float", 12, { relative: 2e-6, absolute: 1e-37 }, (x) => 1 / (1 + Math.exp(-x))),
  f("erf", 1, "float", 16, { relative: 2e-6, absolute: 1e-37 }, errorFunction),
  f("expm1", 1, "float", 12, { relative: 1e-6, absolute: 1e-37 }, Math.expm1),
  f("log1p", 1, "float", 14, { relative: 1e-6, absolute: 1e-37 }, Math.log1p),
  f("atan", 1, "float", 12, { relative: 1e-6, absolute: 1e-37 }, Math.atan),
  f("atan2", 2, "float", 16, { relative: 2e-6, absolute: 1e-37 }, Math.atan2),
  f("round", 1, "float", 1, exact, roundHalfToEven),
  f("truncate", 1, "float", 1, exact, Math.trunc),
  f("remainder", 2, "number", 12, exact, remainder),
  f("bitAnd", 2, "integer", 1, exact, (x, y) => x & y),
  f("bitOr", 2, "integer", 1, exact, (x, y) => x | y),
  f("bitXor", 2, "integer", 1, exact, (x, y) => x ^ y),
  f("bitNot", 1, "integer", 1, exact, (x) => ~x),
  f("shiftLeft", 2, "integer", 1, exact, (x, y) => x << y),
  f("shiftRight", 2, "integer", 1, exact, (x, y) => Math.floor(x / 2 ** (y & 31))),
  f("relu", 1, "float", 1, exact, (x) => Math.max(x, 0)),
  f("equal", 2, "compare", 1, exact, (x, y) => truth(x === y)),
  f("notEqual", 2, "compare", 1, exact, (x, y) => truth(x !== y)),
  f("less", 2, "compare", 1, exact, (x, y) => truth(x < y)),
  f("lessEqual", 2, "compare", 1, exact, (x, y) => truth(x <= y)),
  f("greater", 2, "compare", 1, exact, (x, y) => truth(x > y)),
  f("greaterEqual", 2, "compare", 1, exact, (x, y) => truth(x >= y)),
  f("and", 2, "logic", 1, exact, (x, y) => truth(x !== 0 && y !== 0)),
  f("or", 2, "logic", 1, exact, (x, y) => truth(x !== 0 || y !== 0)),
  f("xor", 2, "logic", 1, exact, (x, y) => truth((x !== 0) !== (y !== 0))),
  f("not", 1, "logic", 1, exact, (x) => truth(x === 0)),
  f("isNaN", 1, "test", 1, exact, (x) => truth(Number.isNaN(x))),
  f("isFinite", 1, "test", 1, exact, (x) => truth(Number.isFinite(x))),
  f("select", 3, "select", 1, exact, (condition, x, y) => (condition !== 0 ? x : y)),
  f("toF32", 1, "cast:f32", 1, exact, (x) => x),
  f("toI32", 1, "cast:i32", 1, exact, (x) => saturate(x, -(2 ** 31), 2 ** 31 - 1)),
  f("toU32", 1, "cast:u32", 1, exact, (x) => saturate(x, 0, 2 ** 32 - 1)),
  f("toBool", 1, "cast:bool", 1, exact, (x) => truth(x !== 0)),
];

/** Float to integer: toward zero, saturating, NaN to 0 (WASM's trunc_sat). Integers saturate too: toU32(-5) is 0. */
const saturate = (x: number, low: number, high: number): number =>
  Number.isNaN(x) ? 0 : Math.min(high, Math.max(low, Math.trunc(x)));

const byName = new Map(scalarFunctions.map((scalar) => [scalar.name, scalar]));

/** The function of that name. @throws DTypeError when there is none. */
export const scalarFunction = (name: string): ScalarFunction => {
  const scalar = byName.get(name);
  if (!scalar)
    throw new DTypeError(`there is no element-wise function "${name}"; there are ${[...byName.keys()].join(", ")}`);
  return scalar;
};

/**
 * The dtype that a function gives for its inputs' dtypes.
 * @throws DTypeError naming the function, what came and what it takes.
 */
export const scalarDType = (scalar: ScalarFunction, inputs: readonly DType[]): DType => {
  const refuse = (wanted: string): never => {
    throw new DTypeError(
      `${scalar.name} takes ${wanted}, but got ${inputs.join(", ")}; convert with .to("f32"), .to("i32"), .to("u32") or .to("bool")`,
    );
  };
  const first = inputs[0] ?? "f32";
  const alike = inputs.every((dtype) => dtype === first);
  const { signature } = scalar;
  if (inputs.length !== scalar.arity) return refuse(`${scalar.arity} inputs`);
  if (signature === "float") return alike && first === "f32" ? "f32" : refuse("f32");
  if (signature === "number") return alike && first !== "bool" ? first : refuse("f32, i32 or u32, all alike");
  if (signature === "integer")
    return alike && (first === "i32" || first === "u32") ? first : refuse("i32 or u32, all alike");
  if (signature === "compare") return alike ? "bool" : refuse("two of one dtype");
  if (signature === "logic") return alike && first === "bool" ? "bool" : refuse("bool");
  if (signature === "test") return first === "f32" ? "bool" : refuse("f32");
  if (signature === "select")
    return first === "bool" && inputs[1] === inputs[2] && inputs[1] !== undefined
      ? inputs[1]
      : refuse("bool, then two of one dtype");
  const target: DType | undefined = (["f32", "i32", "u32", "bool"] as const).find(
    (dtype) => signature === `cast:${dtype}`,
  );
  return target ?? refuse("a known dtype");
};
