// What all kernels of a product share: two operands, what becomes of a sum, and where it is written.
import { indent, storage } from "../contract/dispatch.wgsl.ts";
import { halfFunctions } from "../map/half.wgsl.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";
import type { Activation } from "./activation.ts";
import { type Operand, operandText } from "./operand.wgsl.ts";

/** What becomes of `sum`. */
export const activationText: Readonly<Record<Activation, string>> = {
  none: "sum",
  relu: "relu(sum)",
  tanh: "hyperbolicTangent(sum)",
  sigmoid: "sigmoid(sum)",
};

export interface Epilogue {
  readonly bias: boolean;
  readonly activation: Activation;
  /** The bias is f16 in words. */
  readonly halfBias?: boolean;
}
export const noEpilogue: Epilogue = { bias: false, activation: "none" };

/** `finish(total, output)`: a sum with its bias, through its activation. */
export const finish = ({ bias, activation, halfBias }: Epilogue): string =>
  `fn finish(total: f32, output: u32) -> f32 {
  let sum = total${bias ? ` + ${halfBias ? "fromHalf((bias[output / 2u] >> (16u * (output % 2u))) & 0xffffu)" : "bias[output]"}` : ""};
  return ${activationText[activation]};
}`;

/** The binding of a bias, after `count` others. */
export const biasStorage = ({ bias, halfBias }: Epilogue): (readonly [string, string])[] =>
  bias ? [["bias", halfBias ? "u32" : "f32"]] : [];

/** The memory that a kernel writes. f16 is written in fours as words, or one by one by a module that may use f16. */
export interface Target {
  readonly dtype: "f32" | "f16";
  /** Four columns from a multiple of four on lie in one vector of memory. */
  readonly wide: boolean;
}

const targetElement = ({ dtype, wide }: Target): string =>
  dtype === "f32" ? (wide ? "vec4<f32>" : "f32") : wide ? "vec2<u32>" : "f16";

/** Statement that writes one element. */
export const putOne = ({ dtype }: Target, at: string, value: string): string =>
  `result[${at}] = ${dtype === "f32" ? value : `bitcast<vec2<f16>>(toHalf(${value})).x`};`;

/** Statement that writes four elements side by side; `at` is a multiple of four. */
export const putFour = ({ dtype }: Target, at: string, [x, y, z, w]: readonly string[]): string =>
  `result[${at} / 4u] = ${dtype === "f32" ? `vec4f(${x}, ${y}, ${z}, ${w})` : `vec2u(toHalf(${x}) | (toHalf(${y}) << 16u), toHalf(${z}) | (toHalf(${w}) << 16u))`};`;

/** What one source is made of. Its parameters are m, n, k, batch strides of a and b, m n, terms of a slice, the count of
 * slices and batches together (or of threads), and batches. */
export interface Form {
  readonly a: Operand;
  readonly b: Operand;
  readonly epilogue: Epilogue;
  /** Place of the bias of an element, where `batch` is known. Absent: its column. */
  readonly biasAt?: (row: string, column: string) => string;
  readonly target: Target;
  /** Declares `resultAt(matrix, row, column) -> u32`; absent: row-major matrices one after the other. */
  readonly resultAt?: string;
  /** Constants and directives of the operands, at the head. */
  readonly declarations?: string;
  /** The module uses f16. */
  readonly native: boolean;
}

const plainResultAt =
  "fn resultAt(matrix: u32, row: u32, column: u32) -> u32 { return matrix * parameter(5) + row * parameter(1) + column; }";

/** Directives and declarations of a source. */
export const head = (form: Form): string => {
  const { a, b, epilogue, target } = form;
  const read = [...a.storages, ...b.storages, ...biasStorage(epilogue)];
  const functions = [operandText(a), operandText(b), finish(epilogue), form.resultAt ?? plainResultAt].join("\n");
  return [
    ...(form.native ? ["enable f16;"] : []),
    elementAliases(1),
    form.declarations ?? "",
    ...read.map(([name, element], i) => storage(i, name, element)),
    storage(read.length, "result", targetElement(target), "read_write"),
    calledFunctions(`${functions}${target.dtype === "f16" ? "toHalf()" : ""}`, halfFunctions),
    functions,
  ].join("\n");
};

/** Which matrix, and which terms, a workgroup or thread adds up. `matrix` counts batches, slice by slice. */
export const sliceText = `let batch = matrix % parameter(8);
let first = (matrix / parameter(8)) * parameter(6);
let last = min(first + parameter(6), parameter(2));
let aBase = batch * parameter(3);
let bBase = batch * parameter(4);`;

/** A sum, through bias and activation. */
export const finished = ({ biasAt }: Form, sum: string, row: string, column: string): string =>
  `finish(${sum}, ${biasAt?.(row, column) ?? column})`;

/** Writes four sums of a row from `column` on, or of a column from `row` on, those that are inside. */
export const putSums = (
  form: Form,
  along: "row" | "column",
  row: string,
  column: string,
  sums: readonly string[],
): string => {
  const { target } = form;
  const place = (c: number): [string, string] =>
    along === "row" ? [row, c === 0 ? column : `${column} + ${c}u`] : [c === 0 ? row : `${row} + ${c}u`, column];
  const value = (c: number): string => {
    return finished(form, sums[c] ?? "", ...place(c));
  };
  if (along === "row" && target.wide)
    return `if (${row} < parameter(0) && ${column} < parameter(1)) {
${indent(putFour(target, `resultAt(matrix, ${row}, ${column})`, [0, 1, 2, 3].map(value)))}
}`;
  return sums
    .map((_, c) => {
      const [r, at] = place(c);
      return `if (${r} < parameter(0) && ${at} < parameter(1)) { ${putOne(target, `resultAt(matrix, ${r}, ${at})`, value(c))} }`;
    })
    .join("\n");
};
