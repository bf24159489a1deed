// Reductions on WebGPU in a fixed order: the terms of an element are cut into chunks, each chunk is reduced alone (by one
// thread in order, or by one workgroup in a tree of fixed shape), and the chunks' results are reduced again the same way.
import { entry, gridOf, gridOfThreads, storage, workgroupSize } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import type { DType } from "../contract/tensor-type.ts";
import { type Subgroups, subgroupsOf, workgroupTrees } from "../contract/tree.wgsl.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";
import { type ReduceAttributes, type ReduceFunction, reduceShape } from "./shape.ts";

/** Rows longer than this are reduced by a workgroup, shorter ones by a thread. */
const longRow = 64;
/** Terms of a chunk when one workgroup, or one thread, takes a chunk. */
const workgroupChunk = 8192;
const threadChunk = 256;
/** Results above which cutting into chunks would only add a pass: there are threads enough. */
const manyResults = 16_384;

export const combineText = (name: ReduceFunction, dtype: DType): string => {
  if (name === "sum") return "x + y";
  if (name === "product") return "x * y";
  if (dtype === "f32") return name === "maximum" ? "maximum(x, y)" : "minimum(x, y)";
  return name === "maximum" ? "max(x, y)" : "min(x, y)";
};

export const identityText = (name: ReduceFunction, dtype: DType): string => {
  if (name === "sum") return `${dtype}(0)`;
  if (name === "product") return `${dtype}(1)`;
  const largest = name === "minimum";
  if (dtype === "f32") return `fromBits(${largest ? "0x7f800000u" : "0xff800000u"})`;
  if (dtype === "i32") return `i32(${largest ? 2 ** 31 - 1 : -(2 ** 31)})`;
  return `u32(${largest ? "0xffffffffu" : "0u"})`;
};

const head = (name: ReduceFunction, dtype: DType): string => {
  const functions = `fn identity() -> ${dtype} { return ${identityText(name, dtype)}; }
fn combine(x: ${dtype}, y: ${dtype}) -> ${dtype} { return ${combineText(name, dtype)}; }`;
  return [
    elementAliases(1),
    storage(0, "x", dtype),
    storage(1, "result", dtype, "read_write"),
    calledFunctions(functions),
    functions,
  ].join("\n");
};

/**
 * One thread a chunk, sixteen terms at a time: adding sums of sixteen keeps a quarter of the rounding of one long sum.
 * Parameters: results, reduced, inner, chunks, terms of a chunk.
 */
const threadSource = (name: ReduceFunction, dtype: DType): string =>
  head(name, dtype) +
  entry(`
if (index >= parameter(0)) { return; }
let inner = index % parameter(2);
let chunk = (index / parameter(2)) % parameter(3);
let outer = index / (parameter(2) * parameter(3));
let first = chunk * parameter(4);
let last = min(first + parameter(4), parameter(1));
var value = identity();
for (var block = first; block < last; block += 16u) {
  var part = identity();
  for (var i = block; i < min(block + 16u, last); i++) {
    part = combine(part, x[(outer * parameter(1) + i) * parameter(2) + inner]);
  }
  value = combine(value, part);
}
result[index] = value;
`);

/** One workgroup a chunk of a row: each thread takes every 256th term, then a tree. Parameters as above, inner being 1. */
const workgroupSource = (
  name: ReduceFunction,
  dtype: DType,
  subgroups: Subgroups | undefined,
): string => `${head(name, dtype)}
${workgroupTrees(dtype, subgroups, { total: "combine(x, y)" })}
${entry(
  `
if (workgroup >= parameter(0)) { return; }
let row = (workgroup / parameter(3)) * parameter(1);
let first = (workgroup % parameter(3)) * parameter(4);
let last = min(first + parameter(4), parameter(1));
var value = identity();
for (var i = first + lane; i < last; i += ${workgroupSize}u) { value = combine(value, x[row + i]); }
value = total(value, lane);
if (lane == 0u) { result[workgroup] = value; }
`,
  workgroupSize,
  subgroups,
)}`;

/** The passes of a reduction from `source` to `target`; scratch sizes are added to `scratch`. */
export const reducePasses = (
  name: ReduceFunction,
  dtype: DType,
  sizes: { readonly outer: number; readonly reduced: number; readonly inner: number },
  source: BufferReference,
  target: BufferReference,
  scratch: number[],
  subgroups: Subgroups | undefined,
): WebGPULaunch[] => {
  const { outer, reduced, inner } = sizes;
  if (outer * inner === 0) return [];
  const byWorkgroup = inner === 1 && reduced > longRow;
  const chunkTerms = byWorkgroup ? workgroupChunk : threadChunk;
  const cut = reduced > 2 * chunkTerms && outer * inner < manyResults;
  const chunks = cut ? Math.ceil(reduced / chunkTerms) : 1;
  const results = outer * chunks * inner;
  const next: BufferReference = cut ? { scratch: scratch.push(4 * results) - 1 } : target;
  const launch: WebGPULaunch = {
    source: byWorkgroup ? workgroupSource(name, dtype, subgroups) : threadSource(name, dtype),
    bindings: [source, next],
    workgroups: byWorkgroup ? gridOf(results) : gridOfThreads(results),
    parameters: [results, reduced, inner, chunks, cut ? chunkTerms : reduced],
  };
  return cut
    ? [launch, ...reducePasses(name, dtype, { outer, reduced: chunks, inner }, next, target, scratch, subgroups)]
    : [launch];
};

const lower = ({ inputs, attributes, device }: KernelContext<ReduceAttributes>): Lowered<WebGPULaunch> => {
  const [x] = inputs;
  if (!x) return { launches: [] };
  const scratch: number[] = [];
  const sizes = reduceShape(x, attributes);
  const subgroups = subgroupsOf(device);
  const launches = reducePasses(attributes.function, x.dtype, sizes, { input: 0 }, { output: 0 }, scratch, subgroups);
  return { scratch, launches };
};

export const reduceWebGPU: WebGPUKernel<ReduceAttributes>[] = [{ device: "webgpu", name: "reduce", lower }];
