// Products with quantised weights on WebGPU: few rows of x by a workgroup for four outputs, whose threads read neighbouring
// words; more rows by matmul's own tiles, which dequantise as they fill workgroup memory.
import { entry, gridOf, gridOfThreads, indent, storage } from "../contract/dispatch.wgsl.ts";
import type { WebGPUKernel } from "../contract/kernel.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";
import { type Epilogue, finish } from "../matmul/form.wgsl.ts";
import { matrixOperand, type Operand } from "../matmul/operand.wgsl.ts";
import { lowerProduct } from "../matmul/product.wgsl.ts";
import {
  biasInput,
  type DequantizeAttributes,
  type QuantizedAttributes,
  type QuantizedMatmulAttributes,
  quantizedMatmulShape,
} from "./shape.ts";

export const tables = (bits: number): Operand["storages"] => [
  ["codes", "u32"],
  ["scales", "f32"],
  ...(bits === 4 ? [["zeros", "u32"] as const] : []),
];

/** `zeroAt(row, group, groups)`: the zero point of a group. */
export const zeroAt = (bits: number): string =>
  bits === 4
    ? "fn zeroAt(row: u32, group: u32, groups: u32) -> i32 { return i32((zeros[row * ((groups + 7u) / 8u) + group / 8u] >> (4u * (group % 8u))) & 15u); }"
    : "";

/** `weightAt(row, i, groups)`: one weight. */
const weightAt = ({ bits, groupSize }: QuantizedAttributes): string => `${zeroAt(bits)}
fn weightAt(row: u32, i: u32, groups: u32) -> f32 {
  let group = i / ${groupSize}u;
  let first = row * groups * ${(groupSize * bits) / 32}u;
${indent(
  bits === 4
    ? `let word = codes[first + i / 32u * 4u + i % 16u / 4u];
let code = i32((word >> (8u * (i % 4u) + (i & 16u) / 4u)) & 15u) - zeroAt(row, group, groups);`
    : "let code = extractBits(bitcast<i32>(codes[first + i / 4u]), 8u * (i % 4u), 8u);",
)}
  return scales[row * groups + group] * f32(code);
}`;

const groupsOf = (groupSize: number, k: string): string => `(${k} + ${groupSize - 1}u) / ${groupSize}u`;

const tiled: WebGPUKernel<QuantizedMatmulAttributes> = {
  device: "webgpu",
  name: "tiled",
  when: ({ attributes }) => !attributes.integer,
  lower: ({ inputs, attributes, device }) => {
    const { m, n, k, hasBias } = quantizedMatmulShape(inputs, attributes);
    const { bits, groupSize, activation } = attributes;
    const b: Operand = {
      name: "b",
      storages: tables(bits),
      along: "terms",
      one: `${weightAt(attributes)}
fn bOne(base: u32, x: u32, i: u32) -> f32 { return weightAt(x, i, ${groupsOf(groupSize, "parameter(2)")}); }`,
    };
    return lowerProduct(
      {
        shape: { batch: 1, m, n, k, aBatchStride: 0, bBatchStride: 0 },
        form: {
          a: matrixOperand("a", { dtype: "f32", along: "terms", wide: k % 4 === 0, native: false }),
          b,
          epilogue: { bias: hasBias, activation },
          target: { dtype: "f32", wide: n % 4 === 0 },
          native: false,
        },
        bindings: [0, ...tables(bits).map((_, i) => i + 1)].map((input) => ({ input })),
        ...(hasBias && { bias: { input: biasInput(bits) } }),
      },
      device,
    );
  },
};

const mostRows = 4;
const lanes = 64;
const across = 4;

/**
 * Each of 64 threads an output takes every 64th word of its row; their sums are added as a tree. Parameters: n, k.
 * Text is written for a number of rows of x, each with a sum of its own.
 */
const fewRowsSource = (m: number, { bits, groupSize }: QuantizedAttributes, epilogue: Epilogue): string => {
  const functions = finish(epilogue);
  const read = [["x", "f32"], ...tables(bits), ...(epilogue.bias ? [["bias", "f32"]] : [])];
  const rows = Array.from({ length: m }, (_, row) => row);
  const four = (name: string, value: string): string => `let ${name} = vec4f(${value});`;
  const bytes = (word: string): string =>
    `vec4i(${[0, 8, 16, 24].map((at) => (bits === 8 ? `extractBits(${word}, ${at}u, 8u)` : `i32((${word} >> ${at}u) & 15u)`)).join(", ")})`;
  const add = (at: string, weights: string): string =>
    rows.map((row) => `sum${row} += scale * dot(xAt(${row}u, ${at}), ${weights});`).join("\n");
  return [
    elementAliases(1),
    ...read.map(([name = "", element = ""], i) => storage(i, name, element)),
    storage(read.length, "result", "f32", "read_write"),
    `var<workgroup> sums: array<f32, ${lanes * across * m}>;`,
    calledFunctions(functions),
    functions,
    zeroAt(bits),
    `fn xOne(at: u32, i: u32) -> f32 { if (i < parameter(1)) { return x[at + i]; } return 0.0; }
fn xAt(row: u32, i: u32) -> vec4f {
  let at = row * parameter(1);
  return vec4f(xOne(at, i), xOne(at, i + 1u), xOne(at, i + 2u), xOne(at, i + 3u));
}`,
    entry(
      `
let column = workgroup * ${across}u + lane / ${lanes}u;
let groups = ${groupsOf(groupSize, "parameter(1)")};
let words = groups * ${(groupSize * bits) / 32}u;
${rows.map((row) => `var sum${row} = 0.0;`).join("\n")}
if (column < parameter(0)) {
  for (var at = lane % ${lanes}u; at < words; at += ${lanes}u) {
    let word = codes[column * words + at];
    let group = at / ${(groupSize * bits) / 32}u;
    let scale = scales[column * groups + group];
${indent(
  indent(
    bits === 8
      ? `let signed = bitcast<i32>(word);
${four("weights", bytes("signed"))}
${add("4u * at", "weights")}`
      : `let zero = vec4i(zeroAt(column, group, groups));
let i = at / 4u * 32u + at % 4u * 4u;
${four("lower", `${bytes("word")} - zero`)}
${four("upper", `${bytes("(word >> 4u)")} - zero`)}
${add("i", "lower")}
${add("i + 16u", "upper")}`,
  ),
)}
  }
}
${rows.map((row) => `sums[${row * lanes * across}u + lane] = sum${row};`).join("\n")}
for (var half = ${lanes / 2}u; half > 0u; half /= 2u) {
  workgroupBarrier();
  if (lane % ${lanes}u < half) {
    for (var i = lane; i < ${lanes * across * m}u; i += ${lanes * across}u) { sums[i] += sums[i + half]; }
  }
}
workgroupBarrier();
if (lane % ${lanes}u == 0u && column < parameter(0)) {
  for (var row = 0u; row < ${m}u; row++) {
    result[row * parameter(0) + column] = finish(sums[row * ${lanes * across}u + lane], column);
  }
}
`,
      lanes * across,
    ),
  ].join("\n");
};

const fewRows: WebGPUKernel<QuantizedMatmulAttributes> = {
  device: "webgpu",
  name: "few rows",
  when: ({ inputs, attributes }) => {
    const { m, k } = quantizedMatmulShape(inputs, attributes);
    return !attributes.integer && m > 0 && m <= mostRows && k >= lanes;
  },
  lower: ({ inputs, attributes }) => {
    const { m, n, k, hasBias } = quantizedMatmulShape(inputs, attributes);
    if (n === 0) return { launches: [] };
    const source = fewRowsSource(m, attributes, { bias: hasBias, activation: attributes.activation });
    const bindings = [...inputs.map((_, i) => ({ input: i })), { output: 0 }];
    return { launches: [{ source, bindings, workgroups: gridOf(Math.ceil(n / across)), parameters: [n, k] }] };
  },
};

export const quantizedMatmulWebGPU: WebGPUKernel<QuantizedMatmulAttributes>[] = [fewRows, tiled];

/** One thread a weight. Parameters: weights, columns. */
export const dequantizeWebGPU: WebGPUKernel<DequantizeAttributes> = {
  device: "webgpu",
  name: "dequantize",
  lower: ({ inputs, attributes }) => {
    const { bits, groupSize, columns } = attributes;
    const count = (inputs[0]?.shape[0] ?? 0) * columns;
    if (count === 0) return { launches: [] };
    const read = tables(bits);
    const source = [
      ...read.map(([name, element], i) => storage(i, name, element)),
      storage(read.length, "result", "f32", "read_write"),
      weightAt(attributes),
      entry(`
if (index >= parameter(0)) { return; }
result[index] = weightAt(index / parameter(1), index % parameter(1), ${groupsOf(groupSize, "parameter(1)")});
`),
    ].join("\n");
    const bindings = [...inputs.map((_, i) => ({ input: i })), { output: 0 }];
    return { launches: [{ source, bindings, workgroups: gridOfThreads(count), parameters: [count, columns] }] };
  },
};
