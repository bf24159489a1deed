// Matrix products on WebGPU. Three ways to the same sum: one thread an element for small products, register tiles over
// workgroup memory for large ones, and, where a long sum has few elements, slices of it summed apart and then added in order.
import { entry, gridOf, gridOfThreads, storage } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";
import type { Activation } from "./activation.ts";
import { type MatmulAttributes, type MatmulShape, matmulShape } from "./shape.ts";

/** A tile choice: a workgroup of (rows / ownRows) x (columns / ownColumns) threads, `depth` terms a round. */
export interface MatmulTile {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly ownRows: number;
  readonly ownColumns: number;
}

/**
 * Largest first: the first that is more than half filled and leaves at least `enoughWorkgroups` is taken, else the last.
 * All have 256 threads and stay within the 16 KB of workgroup memory that every WebGPU device has.
 */
export const matmulTiles: readonly MatmulTile[] = [
  { rows: 128, columns: 128, depth: 8, ownRows: 8, ownColumns: 8 },
  { rows: 64, columns: 64, depth: 16, ownRows: 4, ownColumns: 4 },
  { rows: 32, columns: 32, depth: 32, ownRows: 2, ownColumns: 2 },
];
const enoughWorkgroups = 256;

/** Products below this many multiplications run one thread an element. */
export const smallProduct = 32_768;

/** Elements below which a sum of at least twice `slice` terms is cut: fewer would leave most of a GPU idle. */
const fewElements = 16_384;
const slice = 256;
const mostSlices = 64;

const activationText: Readonly<Record<Activation, string>> = {
  none: "sum",
  relu: "relu(sum)",
  tanh: "hyperbolicTangent(sum)",
  sigmoid: "sigmoid(sum)",
};

export interface Epilogue {
  readonly bias: boolean;
  readonly activation: Activation;
}
const noEpilogue: Epilogue = { bias: false, activation: "none" };

/** `finish(total, column)`: a sum with its bias, through its activation. */
export const finish = (epilogue: Epilogue): string =>
  `fn finish(total: f32, column: u32) -> f32 {
  let sum = total${epilogue.bias ? " + bias[column]" : ""};
  return ${activationText[epilogue.activation]};
}`;

/** The right operand as WGSL: what is bound for it behind `a`, and `bAt(base, i, column)`, its element. */
export interface RightOperand {
  readonly storages: readonly (readonly [name: string, element: string])[];
  readonly element: string;
}

const plainRight = (transposed: boolean): RightOperand => ({
  storages: [["b", "f32"]],
  element: `fn bAt(base: u32, i: u32, column: u32) -> f32 { return b[base + ${transposed ? "column * parameter(2) + i" : "i * parameter(1) + column"}]; }`,
});

/** What one source is made of: the attributes, what happens to a sum, and the right operand. */
interface Form {
  readonly attributes: MatmulAttributes;
  readonly epilogue: Epilogue;
  readonly right: RightOperand;
}

/** Declarations shared by all variants; parameters 0..6 are m, n, k, the three batch strides, and the terms of a slice. */
const head = ({ attributes, epilogue, right }: Form): string => {
  const functions = finish(epilogue);
  const read = [["a", "f32"], ...right.storages, ...(epilogue.bias ? [["bias", "f32"]] : [])];
  return [
    elementAliases(1),
    ...read.map(([name = "", element = ""], i) => storage(i, name, element)),
    storage(read.length, "result", "f32", "read_write"),
    calledFunctions(functions),
    functions,
    `fn aAt(row: u32, i: u32) -> u32 { return ${attributes.transposeA ? "i * parameter(0) + row" : "row * parameter(2) + i"}; }`,
    right.element,
  ].join("\n");
};

/** One thread an element. */
const plainSource = (form: Form): string =>
  head(form) +
  entry(`
if (index >= parameter(7)) { return; }
let column = index % parameter(1);
let row = (index / parameter(1)) % parameter(0);
let matrix = index / (parameter(0) * parameter(1));
let batch = matrix % parameter(8);
let first = (matrix / parameter(8)) * parameter(6);
let last = min(first + parameter(6), parameter(2));
let aBase = batch * parameter(3);
let bBase = batch * parameter(4);
var sum = 0.0;
for (var i = first; i < last; i++) { sum = fma(a[aBase + aAt(row, i)], bAt(bBase, i, column), sum); }
result[index] = finish(sum, column);
`);

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/**
 * Register tiles. Each round, the workgroup copies a tile of a and of b (zeros past the edges) and each thread adds
 * `depth` outer products to its own rows and columns. Loops over registers are written out, since Tint unrolls nothing.
 */
const tiledSource = (tile: MatmulTile, form: Form): string => {
  const { attributes } = form;
  const { rows, columns, depth, ownRows, ownColumns } = tile;
  const across = columns / ownColumns;
  const threads = (rows / ownRows) * across;
  // Neighbouring threads copy neighbouring words of memory, whichever way the operand lies.
  const aCopy = attributes.transposeA
    ? { row: `at % ${rows}u`, i: `at / ${rows}u` }
    : { row: `at / ${depth}u`, i: `at % ${depth}u` };
  const bCopy = attributes.transposeB
    ? { column: `at / ${depth}u`, i: `at % ${depth}u` }
    : { column: `at % ${columns}u`, i: `at / ${columns}u` };
  const sums = range(ownRows).flatMap((r) => range(ownColumns).map((c) => ({ r, c, name: `sum${r}_${c}` })));
  const product = [
    ...range(ownRows).map((r) => `let a${r} = aTile[i * ${rows}u + rowInTile + ${r * (rows / ownRows)}u];`),
    ...range(ownColumns).map((c) => `let b${c} = bTile[i * ${columns}u + columnInTile + ${c * across}u];`),
    ...sums.map(({ r, c, name }) => `${name} = fma(a${r}, b${c}, ${name});`),
  ];
  const write = range(ownRows).flatMap((r) => [
    `{`,
    `  let row = firstRow + rowInTile + ${r * (rows / ownRows)}u;`,
    `  if (row < parameter(0)) {`,
    ...range(ownColumns).map(
      (c) =>
        `    { let column = firstColumn + columnInTile + ${c * across}u; if (column < parameter(1)) { result[base + row * parameter(1) + column] = finish(sum${r}_${c}, column); } }`,
    ),
    `  }`,
    `}`,
  ]);
  return `${head(form)}
var<workgroup> aTile: array<f32, ${depth * rows}>;
var<workgroup> bTile: array<f32, ${depth * columns}>;
${entry(
  `
let tilesAcross = (parameter(1) + ${columns - 1}u) / ${columns}u;
let tilesDown = (parameter(0) + ${rows - 1}u) / ${rows}u;
let matrix = workgroup / (tilesAcross * tilesDown);
if (matrix >= parameter(7)) { return; }
let firstColumn = (workgroup % tilesAcross) * ${columns}u;
let firstRow = ((workgroup / tilesAcross) % tilesDown) * ${rows}u;
let batch = matrix % parameter(8);
let first = (matrix / parameter(8)) * parameter(6);
let last = min(first + parameter(6), parameter(2));
let aBase = batch * parameter(3);
let bBase = batch * parameter(4);
let base = matrix * parameter(5);
let columnInTile = lane % ${across}u;
let rowInTile = lane / ${across}u;
${sums.map(({ name }) => `var ${name} = 0.0;`).join("\n")}
for (var start = first; start < last; start += ${depth}u) {
  for (var at = lane; at < ${depth * rows}u; at += ${threads}u) {
    let row = ${aCopy.row};
    let i = ${aCopy.i};
    var value = 0.0;
    if (firstRow + row < parameter(0) && start + i < last) { value = a[aBase + aAt(firstRow + row, start + i)]; }
    aTile[i * ${rows}u + row] = value;
  }
  for (var at = lane; at < ${depth * columns}u; at += ${threads}u) {
    let column = ${bCopy.column};
    let i = ${bCopy.i};
    var value = 0.0;
    if (firstColumn + column < parameter(1) && start + i < last) { value = bAt(bBase, start + i, firstColumn + column); }
    bTile[i * ${columns}u + column] = value;
  }
  workgroupBarrier();
  for (var i = 0u; i < ${depth}u; i++) {
${product.map((line) => `    ${line}`).join("\n")}
  }
  workgroupBarrier();
}
${write.join("\n")}
`,
  threads,
)}`;
};

/** Adds the slices of each element in order, then bias and activation. Parameters: elements, n, slices. */
const addSlicesSource = (epilogue: Epilogue): string => {
  const functions = finish(epilogue);
  return [
    elementAliases(1),
    storage(0, "slices", "f32"),
    epilogue.bias ? storage(1, "bias", "f32") : "",
    storage(epilogue.bias ? 2 : 1, "result", "f32", "read_write"),
    calledFunctions(functions),
    functions,
    entry(`
if (index >= parameter(0)) { return; }
var sum = 0.0;
for (var i = 0u; i < parameter(2); i++) { sum += slices[i * parameter(0) + index]; }
result[index] = finish(sum, index % parameter(1));
`),
  ]
    .filter(Boolean)
    .join("\n");
};

const tileFor = ({ batch, m, n }: MatmulShape, slices: number): MatmulTile | undefined =>
  matmulTiles.find(
    ({ rows, columns }) =>
      2 * m > rows &&
      2 * n > columns &&
      Math.ceil(m / rows) * Math.ceil(n / columns) * batch * slices >= enoughWorkgroups,
  ) ?? matmulTiles[matmulTiles.length - 1];

/** The launch that writes `slices` partial products (or, with one, the whole product) to `target`. */
const productLaunch = (
  shape: MatmulShape,
  form: Form,
  bias: number,
  target: BufferReference,
  slices: number,
): WebGPULaunch => {
  const { batch, m, n, k, aBatchStride, bBatchStride } = shape;
  const sliceTerms = slices === 1 ? k : Math.ceil(k / slices);
  const bindings: BufferReference[] = [
    { input: 0 },
    ...form.right.storages.map((_, i) => ({ input: i + 1 })),
    ...(form.epilogue.bias ? [{ input: bias }] : []),
    target,
  ];
  const sizes = [m, n, k, aBatchStride, bBatchStride, m * n, sliceTerms];
  const tile = m * n * batch * k < smallProduct ? undefined : tileFor(shape, slices);
  if (!tile) {
    const threads = m * n * batch * slices;
    return {
      source: plainSource(form),
      bindings,
      workgroups: gridOfThreads(threads),
      parameters: [...sizes, threads, batch],
    };
  }
  const workgroups = Math.ceil(m / tile.rows) * Math.ceil(n / tile.columns) * batch * slices;
  return {
    source: tiledSource(tile, form),
    bindings,
    workgroups: gridOf(workgroups),
    parameters: [...sizes, batch * slices, batch],
  };
};

/** The launches of a product with any right operand. @param bias number of the bias's input, if there is one */
export const lowerProduct = (
  shape: MatmulShape,
  attributes: MatmulAttributes,
  right: RightOperand,
  bias: number | undefined,
): Lowered<WebGPULaunch> => {
  const { batch, m, n, k } = shape;
  const elements = batch * m * n;
  if (elements === 0) return { launches: [] };
  const epilogue: Epilogue = { bias: bias !== undefined, activation: attributes.activation };
  const slices = elements < fewElements && k >= 2 * slice ? Math.min(mostSlices, Math.ceil(k / slice)) : 1;
  const whole: Form = { attributes, epilogue, right };
  if (slices === 1) return { launches: [productLaunch(shape, whole, bias ?? 0, { output: 0 }, 1)] };
  return {
    scratch: [4 * slices * elements],
    launches: [
      productLaunch(shape, { ...whole, epilogue: noEpilogue }, 0, { scratch: 0 }, slices),
      {
        source: addSlicesSource(epilogue),
        bindings: [{ scratch: 0 }, ...(bias === undefined ? [] : [{ input: bias }]), { output: 0 }],
        workgroups: gridOfThreads(elements),
        parameters: [elements, n, slices],
      },
    ],
  };
};

const lower = ({ attributes, inputs }: KernelContext<MatmulAttributes>): Lowered<WebGPULaunch> =>
  lowerProduct(
    matmulShape(inputs, attributes),
    attributes,
    plainRight(attributes.transposeB),
    inputs.length > 2 ? 2 : undefined,
  );

export const matmulWebGPU: WebGPUKernel<MatmulAttributes>[] = [{ device: "webgpu", name: "matmul", lower }];
