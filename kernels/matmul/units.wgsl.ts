// Products of f16 on matrix units, through WGSL's experimental subgroup matrices, where the adapter lists 16 x 16 x 16 of f16
// with sums in f32. A workgroup is one subgroup, and its tile 4 x 4 matrices of sums in registers; both operands are read as
// they lie, transposed or not, so that the product and both its gradients are the same text. Loaded on such devices only.
import { entry, gridOf, workgroupSize } from "../contract/dispatch.wgsl.ts";
import type { DeviceTraits, KernelContext, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import { type Form, finished, head, putOne, sliceText } from "./form.wgsl.ts";
import { matrixOperand, type Operand, outputsOf } from "./operand.wgsl.ts";
import { type MatmulAttributes, matmulShape } from "./shape.ts";

/** Rows and columns of a matrix, and of those along each side of a tile. */
const side = 16;
const across = 4;
const tile = side * across;

const isListed = ({ matrices }: DeviceTraits): boolean =>
  Array.isArray(matrices) &&
  matrices.some(
    ({ componentType, resultComponentType, M, N, K }: Readonly<Record<string, unknown>>) =>
      componentType === "f16" && resultComponentType === "f32" && M === side && N === side && K === side,
  );

/** Threads of a subgroup, where it has the same number in every kernel. */
const threadsOf = ({ limits: { subgroupMinSize, subgroupMaxSize } }: DeviceTraits): number =>
  subgroupMinSize !== undefined && subgroupMinSize === subgroupMaxSize && subgroupMinSize <= workgroupSize
    ? subgroupMinSize
    : 0;

const each = (text: (i: number) => string): string => Array.from({ length: across }, (_, i) => text(i)).join("\n");
const eachSum = (text: (row: number, column: number) => string): string =>
  each((row) => each((column) => text(row, column)));

/** Loads matrix `i` of an operand's side of the tile. Terms run along a row of the left and along a column of the right. */
const load = (operand: Operand, first: string, i: number): string => {
  const { name, along } = operand;
  const order = (along === "terms") === (name === "a") ? "row_major" : "col_major";
  const [stride, offset] =
    along === "terms"
      ? ["parameter(2)", `(${first} + ${i * side}u) * parameter(2) + i`]
      : [outputsOf(operand), `i * ${outputsOf(operand)} + ${first} + ${i * side}u`];
  return `let ${name}${i} = subgroupMatrixLoad<subgroup_matrix_${name === "a" ? "left" : "right"}<f16, ${side}, ${side}>, ${order}>(&${name}, ${name}Base + ${offset}, ${stride});`;
};

/** Parameters are those of Form; m and n are whole tiles, k whole matrices. */
const unitsSource = (form: Form, threads: number): string => `enable subgroups;
enable chromium_experimental_subgroup_matrix;
${head(form)}
var<workgroup> sums: array<f32, ${tile * tile}>;
${entry(
  `
let columns = parameter(1) / ${tile}u;
let tiles = parameter(0) / ${tile}u * columns;
let matrix = workgroup / tiles;
if (matrix >= parameter(7)) { return; }
let row = workgroup % tiles / columns * ${tile}u;
let column = workgroup % columns * ${tile}u;
${sliceText}
${eachSum((r, c) => `var sum${r}_${c}: subgroup_matrix_result<f32, ${side}, ${side}>;`)}
for (var i = first; i < last; i += ${side}u) {
${each((r) => load(form.a, "row", r))}
${each((c) => load(form.b, "column", c))}
${eachSum((r, c) => `sum${r}_${c} = subgroupMatrixMultiplyAccumulate(a${r}, b${c}, sum${r}_${c});`)}
}
${eachSum((r, c) => `subgroupMatrixStore<row_major>(&sums, ${r * side * tile + c * side}u, sum${r}_${c}, ${tile}u);`)}
workgroupBarrier();
for (var at = lane; at < ${tile * tile}u; at += ${threads}u) {
let down = row + at / ${tile}u;
let along = column + at % ${tile}u;
${putOne(form.target, "resultAt(matrix, down, along)", finished(form, "sums[at]", "down", "along"))}
}
`,
  threads,
)}`;

const lower = ({ inputs, attributes, device }: KernelContext<MatmulAttributes>): { launches: WebGPULaunch[] } => {
  const { batch, m, n, k, aBatchStride, bBatchStride } = matmulShape(inputs, attributes);
  const { transposeA, transposeB, activation } = attributes;
  const operand = (name: "a" | "b", terms: boolean) =>
    matrixOperand(name, { dtype: "f16", along: terms ? "terms" : "outputs", wide: false, native: true });
  const form: Form = {
    a: operand("a", !transposeA),
    b: operand("b", transposeB),
    epilogue: { bias: inputs.length > 2, activation, halfBias: true },
    target: { dtype: "f16", wide: false },
    native: true,
  };
  return {
    launches: [
      {
        source: unitsSource(form, threadsOf(device)),
        bindings: [...inputs.map((_, input) => ({ input })), { output: 0 }],
        workgroups: gridOf((m / tile) * (n / tile) * batch),
        parameters: [m, n, k, aBatchStride, bBatchStride, m * n, k, batch, batch],
      },
    ],
  };
};

/** Tiles that keep a GPU busy: with fewer, the tiled kernel cuts sums into slices. */
const leastTiles = 64;

export const unitsWebGPU: WebGPUKernel<MatmulAttributes> & { when: (c: KernelContext<MatmulAttributes>) => boolean } = {
  device: "webgpu",
  name: "matrix units",
  when: ({ inputs, attributes, device }) => {
    if (inputs[0]?.dtype !== "f16" || !device.features.has("shader-f16") || !isListed(device)) return false;
    const { batch, m, n, k } = matmulShape(inputs, attributes);
    return (
      threadsOf(device) > 0 &&
      m % tile === 0 &&
      n % tile === 0 &&
      k % side === 0 &&
      k > 0 &&
      (m / tile) * (n / tile) * batch >= leastTiles
    );
  },
  lower,
};
