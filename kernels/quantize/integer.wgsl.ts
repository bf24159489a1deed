// The integer product with quantised weights on WebGPU: a workgroup turns each row of x into bytes, then tiles of 32 x 32
// outputs step over 32 codes at a time by packed dot products. Integers are those of every other device.
import { entry, gridOf, storage } from "../contract/dispatch.wgsl.ts";
import type { WebGPUKernel } from "../contract/kernel.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";
import { type Epilogue, finish } from "../matmul/form.wgsl.ts";
import { tables, zeroAt } from "./quantized.wgsl.ts";
import { codeLimit, type QuantizedAttributes, type QuantizedMatmulAttributes, quantizedMatmulShape } from "./shape.ts";

/** Parameters: rows, k, words of a row of codes. One row a workgroup; see factorOf in the reference. */
const codesSource = (limit: number): string =>
  [
    storage(0, "x", "u32"),
    storage(1, "rowCodes", "u32", "read_write"),
    storage(2, "rowScales", "f32", "read_write"),
    "var<workgroup> largest: atomic<u32>;",
    calledFunctions("fromBits()"),
    entry(`
let row = min(workgroup, parameter(0) - 1u);
let first = row * parameter(1);
for (var i = lane; i < parameter(1); i += 256u) { atomicMax(&largest, x[first + i] & 0x7fffffffu); }
workgroupBarrier();
let most = atomicLoad(&largest);
let exponent = most >> 23u;
let finite = exponent >= 30u && exponent < 255u;
var factor = 0.0;
if (finite) {
  let divisor = (((most & 0x7fffffu) | 0x800000u) >> 11u) + 1u;
  factor = f32(${limit * 2 ** 24}u / divisor) * 3.814697265625e-6 * fromBits((260u - exponent) << 23u);
}
for (var at = lane; at < parameter(2); at += 256u) {
  var word = 0u;
  for (var byte = 0u; byte < 4u; byte++) {
    let i = 4u * at + byte;
    if (finite && i < parameter(1)) {
      word |= (bitcast<u32>(i32(round(fromBits(x[first + i]) * factor))) & 255u) << (8u * byte);
    }
  }
  rowCodes[row * parameter(2) + at] = word;
}
if (lane == 0u) {
  var scale = 0.0;
  if (finite) { scale = 1.0 / factor; }
  if (exponent == 255u) { scale = fromBits(0x7fc00000u); }
  rowScales[row] = scale;
}
`),
  ].join("\n");

const side = 32;
/** Words of one step: a block of 32 bytes, and one of padding against bank conflicts. */
const stride = 9;

/** Parameters: m, n, groups. Each of 256 threads has two rows and two columns of a tile. */
const productSource = ({ bits, groupSize }: QuantizedAttributes, epilogue: Epilogue): string => {
  const functions = finish(epilogue);
  const read = [
    ["rowCodes", "u32"],
    ["rowScales", "f32"],
    ...tables(bits),
    ...(epilogue.bias ? [["bias", "f32"]] : []),
  ];
  const four = [0, 1].flatMap((r) => [0, 1].map((c) => ({ r, c, at: `${r}_${c}` })));
  return [
    elementAliases(1),
    ...read.map(([name = "", element = ""], i) => storage(i, name, element)),
    storage(read.length, "result", "f32", "read_write"),
    calledFunctions(functions),
    functions,
    zeroAt(bits),
    `var<workgroup> xTile: array<u32, ${side * stride}>;
var<workgroup> wTile: array<u32, ${side * stride}>;`,
    entry(`
let across = (parameter(1) + ${side - 1}u) / ${side}u;
let firstRow = (workgroup / across) * ${side}u;
let firstColumn = (workgroup % across) * ${side}u;
let groups = parameter(2);
let blocks = groups * ${groupSize / 32}u;
let row = lane / 16u;
let column = lane % 16u;
${four.map(({ at }) => `var total${at} = 0.0;`).join("\n")}
for (var block = 0u; block < blocks; block++) {
  {
    let own = lane / 8u;
    let at = lane % 8u;
    xTile[own * ${stride}u + at] = rowCodes[(min(firstRow + own, parameter(0) - 1u) * blocks + block) * 8u + at];
    let output = min(firstColumn + own, parameter(1) - 1u);
    ${
      bits === 8
        ? `wTile[own * ${stride}u + at] = codes[(output * blocks + block) * 8u + at];`
        : `wTile[own * ${stride}u + at] = (codes[(output * blocks + block) * 4u + at % 4u] >> (at & 4u)) & 0x0f0f0f0fu;`
    }
  }
  workgroupBarrier();
${four.map(({ at }) => `  var sum${at} = 0;`).join("\n")}
${bits === 4 ? "  var ones0 = 0;\n  var ones1 = 0;" : ""}
  for (var at = 0u; at < 8u; at++) {
    let x0 = xTile[row * ${stride}u + at];
    let x1 = xTile[(row + 16u) * ${stride}u + at];
    let w0 = wTile[column * ${stride}u + at];
    let w1 = wTile[(column + 16u) * ${stride}u + at];
${four.map(({ r, c, at }) => `    sum${at} += dot4I8Packed(x${r}, w${c});`).join("\n")}
${bits === 4 ? "    ones0 += dot4I8Packed(x0, 0x01010101u);\n    ones1 += dot4I8Packed(x1, 0x01010101u);" : ""}
  }
  let group = block / ${groupSize / 32}u;
  let column0 = min(firstColumn + column, parameter(1) - 1u);
  let column1 = min(firstColumn + column + 16u, parameter(1) - 1u);
  let scale0 = scales[column0 * groups + group];
  let scale1 = scales[column1 * groups + group];
${bits === 4 ? "  let zero0 = zeroAt(column0, group, groups);\n  let zero1 = zeroAt(column1, group, groups);" : ""}
${four.map(({ r, c, at }) => `  total${at} += scale${c} * f32(sum${at}${bits === 4 ? ` - ones${r} * zero${c}` : ""});`).join("\n")}
  workgroupBarrier();
}
${four
  .map(
    ({ r, c, at }) => `{
  let i = firstRow + row + ${16 * r}u;
  let j = firstColumn + column + ${16 * c}u;
  if (i < parameter(0) && j < parameter(1)) { result[i * parameter(1) + j] = finish(total${at} * rowScales[i], j); }
}`,
  )
  .join("\n")}
`),
  ].join("\n");
};

/** Needs the language's packed dot products; the feature's name is that of wgslLanguageFeatures. */
export const integerWebGPU: WebGPUKernel<QuantizedMatmulAttributes> = {
  device: "webgpu",
  name: "integer",
  when: ({ attributes, device }) => attributes.integer && device.features.has("packed_4x8_integer_dot_product"),
  lower: ({ inputs, attributes }) => {
    const { m, n, k, groups, hasBias } = quantizedMatmulShape(inputs, attributes);
    if (m * n === 0) return { launches: [] };
    const { bits, groupSize, activation } = attributes;
    const depth = groups * groupSize;
    const read = inputs.slice(1).map((_, i) => ({ input: i + 1 }));
    return {
      // A buffer is at least a word, so that a depth of 0 has something to bind.
      scratch: [Math.max(4, m * depth), 4 * m],
      launches: [
        {
          source: codesSource(codeLimit(bits)),
          bindings: [{ input: 0 }, { scratch: 0 }, { scratch: 1 }],
          workgroups: gridOf(m),
          parameters: [m, k, depth / 4],
        },
        {
          source: productSource(attributes, { bias: hasBias, activation }),
          bindings: [{ scratch: 0 }, { scratch: 1 }, ...read, { output: 0 }],
          workgroups: gridOf(Math.ceil(m / side) * Math.ceil(n / side)),
          parameters: [m, n, groups],
        },
      ],
    };
  },
};
