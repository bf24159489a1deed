// The element-wise functions: one line each, with its dtype rule and its cost. Their meaning stands in scalar.reference.ts,
// WGSL text in scalar.wgsl.ts and WASM code in scalar.wasm-code.ts, one line a function in each.
import { DTypeError } from "../contract/error.ts";
import { type DType, elementBytes } from "../contract/tensor-type.ts";

/**
 * Dtype rule of a function:
 * "float" f32 -> f32; "number" f32, i32 or u32 -> the same; "integer" i32 or u32 -> the same; "compare" two of one dtype -> bool; "logic" bool -> bool;
 * "select" bool, T, T -> T; "test" f32 -> bool; "cast:T" anything -> T. Only casts take f16 and u8: see Op.packed.
 */
export type Signature = "float" | "number" | "integer" | "compare" | "logic" | "select" | "test" | `cast:${DType}`;

/** One element-wise function. */
export interface ScalarFunction {
  readonly name: string;
  readonly arity: number;
  readonly signature: Signature;
  /** Operations counted an element: 1 for what hardware has, the usual polynomial's length for what it has not. */
  readonly flops: number;
}

const isDType = (name: string): name is DType => name in elementBytes;
const dtypes: readonly DType[] = Object.keys(elementBytes).filter(isDType);

const f = (name: string, arity: number, signature: Signature, flops: number): ScalarFunction => ({
  name,
  arity,
  signature,
  flops,
});

export const scalarFunctions: readonly ScalarFunction[] = [
  f("add", 2, "number", 1),
  f("subtract", 2, "number", 1),
  f("multiply", 2, "number", 1),
  f("divide", 2, "float", 1),
  f("power", 2, "float", 20),
  f("maximum", 2, "number", 1),
  f("minimum", 2, "number", 1),
  f("negate", 1, "number", 1),
  f("absolute", 1, "number", 1),
  f("sign", 1, "float", 1),
  f("floor", 1, "float", 1),
  f("ceil", 1, "float", 1),
  f("sqrt", 1, "float", 1),
  f("exp", 1, "float", 10),
  f("log", 1, "float", 10),
  f("sin", 1, "float", 12),
  f("cos", 1, "float", 12),
  f("tanh", 1, "float", 14),
  f("sigmoid", 1, "float", 12),
  f("erf", 1, "float", 16),
  f("expm1", 1, "float", 12),
  f("log1p", 1, "float", 14),
  f("atan", 1, "float", 12),
  f("atan2", 2, "float", 16),
  f("round", 1, "float", 1),
  f("truncate", 1, "float", 1),
  f("remainder", 2, "number", 12),
  f("bitAnd", 2, "integer", 1),
  f("bitOr", 2, "integer", 1),
  f("bitXor", 2, "integer", 1),
  f("bitNot", 1, "integer", 1),
  f("shiftLeft", 2, "integer", 1),
  f("shiftRight", 2, "integer", 1),
  f("relu", 1, "float", 1),
  f("equal", 2, "compare", 1),
  f("notEqual", 2, "compare", 1),
  f("less", 2, "compare", 1),
  f("lessEqual", 2, "compare", 1),
  f("greater", 2, "compare", 1),
  f("greaterEqual", 2, "compare", 1),
  f("and", 2, "logic", 1),
  f("or", 2, "logic", 1),
  f("xor", 2, "logic", 1),
  f("not", 1, "logic", 1),
  f("isNaN", 1, "test", 1),
  f("isFinite", 1, "test", 1),
  f("select", 3, "select", 1),
  f("toF32", 1, "cast:f32", 1),
  f("toF16", 1, "cast:f16", 12),
  f("toI32", 1, "cast:i32", 1),
  f("toU32", 1, "cast:u32", 1),
  f("toU8", 1, "cast:u8", 1),
  f("toBool", 1, "cast:bool", 1),
];

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
  if (signature === "number")
    return alike && (first === "f32" || first === "i32" || first === "u32")
      ? first
      : refuse("f32, i32 or u32, all alike");
  if (signature === "integer")
    return alike && (first === "i32" || first === "u32") ? first : refuse("i32 or u32, all alike");
  if (signature === "compare") return alike ? "bool" : refuse("two of one dtype");
  if (signature === "logic") return alike && first === "bool" ? "bool" : refuse("bool");
  if (signature === "test") return first === "f32" ? "bool" : refuse("f32");
  if (signature === "select")
    return first === "bool" && inputs[1] === inputs[2] && inputs[1] !== undefined
      ? inputs[1]
      : refuse("bool, then two of one dtype");
  return dtypes.find((dtype) => signature === `cast:${dtype}`) ?? refuse("a known dtype");
};
