// One operand of a product as WGSL: what is bound, how neighbours lie, and functions that fetch one or four elements. Matrices
// of f32 and f16, quantised weights and windows of images are all operands of the same kernels.
import { indent } from "../contract/dispatch.wgsl.ts";

/**
 * `name` is "a" or "b". `x` numbers the outputs of the operand (rows of the left, columns of the right), `i` the terms of a
 * sum; `base` is where the batch's matrix begins.
 */
export interface Operand {
  readonly name: "a" | "b";
  readonly storages: readonly (readonly [name: string, element: string])[];
  /** What lies side by side, so that four of it are fetched together. */
  readonly along: "terms" | "outputs";
  /** Declares `aOne(base, x, i) -> f32` for x and i inside. */
  readonly one: string;
  /** Declares `aFour(base, x, i, last) -> vec4f`, zero outside. Absent: made of `aOne`. */
  readonly four?: string;
}

/** Parameter that counts an operand's outputs. */
export const outputsOf = ({ name }: Pick<Operand, "name">): string => `parameter(${name === "a" ? 0 : 1})`;

/** WGSL of four elements side by side, by `aOne`. */
export const fourByOne = (operand: Operand, name = `${operand.name}Four`, along = operand.along): string => {
  const outputs = outputsOf(operand);
  const body = [0, 1, 2, 3]
    .map((c) =>
      along === "terms"
        ? `if (i + ${c}u < last) { four[${c}] = ${operand.name}One(base, x, i + ${c}u); }`
        : `if (x + ${c}u < ${outputs}) { four[${c}] = ${operand.name}One(base, x + ${c}u, i); }`,
    )
    .join("\n");
  return `fn ${name}(base: u32, x: u32, i: u32, last: u32) -> vec4f {
  var four = vec4f();
  if (${along === "terms" ? `x < ${outputs}` : "i < last"}) {
${indent(indent(body))}
  }
  return four;
}`;
};

/** All functions of an operand. */
export const operandText = (operand: Operand): string => `${operand.one}\n${operand.four ?? fourByOne(operand)}`;

export interface MatrixOptions {
  readonly dtype: "f32" | "f16";
  readonly along: "terms" | "outputs";
  /** Runs of elements are multiples of four, so that vectors can be fetched. */
  readonly wide: boolean;
  /** The module may use f16 ("shader-f16"). */
  readonly native: boolean;
}

/**
 * A dense matrix. f16 without the feature is read as words and widened by integers, since unpack2x16float may flush the
 * smallest numbers.
 */
export const matrixOperand = (name: "a" | "b", { dtype, along, wide, native }: MatrixOptions): Operand => {
  const half = dtype === "f16";
  const stride = along === "terms" ? "x * parameter(2) + i" : `i * ${outputsOf({ name })} + x`;
  const element = half ? (wide ? "vec2<u32>" : native ? "f16" : "u32") : wide ? "vec4<f32>" : "f32";
  const four = (words: string): string =>
    native
      ? `vec4f(bitcast<vec4<f16>>(${words}))`
      : `vec4f(${["x", "y"].map((w) => `fromHalf(${words}.${w} & 0xffffu), fromHalf(${words}.${w} >> 16u)`).join(", ")})`;
  const oneOf = half
    ? wide
      ? `${name}Halves(${name}[at / 4u])[at % 4u]`
      : native
        ? `f32(${name}[at])`
        : `fromHalf((${name}[at / 2u] >> (16u * (at % 2u))) & 0xffffu)`
    : wide
      ? `${name}[at / 4u][at % 4u]`
      : `${name}[at]`;
  const value = half ? `${name}Halves(${name}[(base + ${stride}) / 4u])` : `${name}[(base + ${stride}) / 4u]`;
  return {
    name,
    storages: [[name, element]],
    along,
    one: `${half && wide ? `fn ${name}Halves(words: vec2u) -> vec4f { return ${four("words")}; }\n` : ""}fn ${name}One(base: u32, x: u32, i: u32) -> f32 {
  let at = base + ${stride};
  return ${oneOf};
}`,
    ...(wide && {
      four: `fn ${name}Four(base: u32, x: u32, i: u32, last: u32) -> vec4f {
  if (x < ${outputsOf({ name })} && i < last) { return ${value}; }
  return vec4f();
}`,
    }),
  };
};
