// Scans on WebGPU in a fixed order. The axis is cut into chunks; one pass takes the chunks' totals, those are scanned the
// same way, and a last pass scans each chunk from there. Long rows: a chunk a workgroup; else a chunk of a column a thread.
import { entry, gridOf, gridOfThreads, storage, workgroupSize } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import type { DType } from "../contract/tensor-type.ts";
import { type Subgroups, subgroupsOf } from "../contract/tree.wgsl.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";
import { combineText, identityText } from "../reduce/reduce.wgsl.ts";
import type { ReduceFunction, ReduceShape } from "../reduce/shape.ts";
import { type ScanAttributes, scanShape } from "./shape.ts";

/** Rows longer than this are scanned by workgroups, shorter ones by a thread each. */
const longRow = 64;
/** Elements that one thread of a workgroup takes, and so of a workgroup's chunk. */
const threadElements = 8;
const workgroupChunk = threadElements * workgroupSize;
const threadChunk = 256;
/** Threads above which cutting columns into chunks would only add passes. */
const manyColumns = 16_384;

/** Parameters: chunks in all, count, inner, chunks a row, elements of a chunk. A position counts from where the scan begins. */
const head = (name: ReduceFunction, dtype: DType, reverse: boolean, reads: readonly string[]): string => {
  const functions = `fn identity() -> ${dtype} { return ${identityText(name, dtype)}; }
fn combine(x: ${dtype}, y: ${dtype}) -> ${dtype} { return ${combineText(name, dtype)}; }
fn place(outer: u32, position: u32, inner: u32) -> u32 {
  return (outer * parameter(1) + ${reverse ? "parameter(1) - 1u - position" : "position"}) * parameter(2) + inner;
}`;
  return [
    elementAliases(1),
    ...reads.map((read, i) => storage(i, read, dtype)),
    storage(reads.length, "result", dtype, "read_write"),
    calledFunctions(functions),
    functions,
  ].join("\n");
};

const step = (exclusive: boolean): string =>
  exclusive
    ? "result[at] = value; value = combine(value, x[at]);"
    : "value = combine(value, x[at]); result[at] = value;";

interface Pass {
  readonly name: ReduceFunction;
  readonly dtype: DType;
  readonly exclusive: boolean;
  readonly reverse: boolean;
  /** Only the total of each chunk is written. */
  readonly totals: boolean;
  /** What came before each chunk is read. */
  readonly offsets: boolean;
}

const reads = ({ offsets }: Pass): string[] => (offsets ? ["x", "before"] : ["x"]);

const threadSource = (pass: Pass): string =>
  head(pass.name, pass.dtype, pass.reverse, reads(pass)) +
  entry(`
if (index >= parameter(0)) { return; }
let inner = index % parameter(2);
let chunk = (index / parameter(2)) % parameter(3);
let outer = index / (parameter(2) * parameter(3));
let first = chunk * parameter(4);
let last = min(first + parameter(4), parameter(1));
var value = ${pass.offsets ? "before[index]" : "identity()"};
for (var i = first; i < last; i++) {
  let at = place(outer, i, inner);
  ${pass.totals ? "value = combine(value, x[at]);" : step(pass.exclusive)}
}
${pass.totals ? "result[index] = value;" : ""}
`);

/**
 * Inner is 1. Each thread takes neighbouring elements. The threads' totals are scanned in blocks of doubling size: the upper
 * half of each adds the last of its lower half (Sklansky 1960), which blocks of a subgroup's size exchange without memory.
 */
const workgroupSource = (
  pass: Pass,
  subgroups: Subgroups | undefined,
): string => `${subgroups ? `${subgroups.directives}\n` : ""}${head(pass.name, pass.dtype, pass.reverse, reads(pass))}
var<workgroup> partial: array<${pass.dtype}, ${workgroupSize}>;
fn lastOfLower(place: u32, half: u32) -> u32 { return (place | (2u * half - 1u)) - half; }
${entry(
  `
if (workgroup >= parameter(0)) { return; }
let outer = workgroup / parameter(3);
let first = (workgroup % parameter(3)) * parameter(4) + lane * ${threadElements}u;
let last = min(first + ${threadElements}u, parameter(1));
var total = identity();
for (var i = first; i < last; i++) { total = combine(total, x[place(outer, i, 0u)]); }
${
  subgroups
    ? `for (var half = 1u; half < ${subgroups.lanes}u; half *= 2u) {
  let lower = subgroupShuffle(total, lastOfLower(own, half));
  if ((own & half) != 0u) { total = combine(lower, total); }
}`
    : ""
}
partial[lane] = total;
for (var half = ${subgroups?.lanes ?? 1}u; half < ${workgroupSize}u; half *= 2u) {
  workgroupBarrier();
  if ((lane & half) != 0u) { partial[lane] = combine(partial[lastOfLower(lane, half)], partial[lane]); }
}
workgroupBarrier();
${
  pass.totals
    ? `if (lane == ${workgroupSize - 1}u) { result[workgroup] = partial[lane]; }`
    : `var value = identity();
if (lane > 0u) { value = partial[lane - 1u]; }
${pass.offsets ? "value = combine(before[workgroup], value);" : ""}
for (var i = first; i < last; i++) {
  let at = place(outer, i, 0u);
  ${step(pass.exclusive)}
}`
}
`,
  workgroupSize,
  subgroups,
)}`;

/** The passes of a scan from `source` to `target`; scratch sizes are added to `scratch`. */
const scanPasses = (
  name: ReduceFunction,
  dtype: DType,
  { exclusive, reverse }: { readonly exclusive: boolean; readonly reverse: boolean },
  { outer, reduced, inner }: ReduceShape,
  source: BufferReference,
  target: BufferReference,
  scratch: number[],
  subgroups: Subgroups | undefined,
): WebGPULaunch[] => {
  const byWorkgroup = inner === 1 && reduced > longRow;
  const cut = byWorkgroup ? reduced > workgroupChunk : reduced > 2 * threadChunk && outer * inner < manyColumns;
  const size = byWorkgroup ? workgroupChunk : cut ? threadChunk : reduced;
  const chunks = cut ? Math.ceil(reduced / size) : 1;
  const results = outer * chunks * inner;
  const launch = (totals: boolean, offsets: BufferReference | undefined, to: BufferReference): WebGPULaunch => {
    const pass: Pass = { name, dtype, exclusive, reverse, totals, offsets: offsets !== undefined };
    return {
      source: byWorkgroup ? workgroupSource(pass, subgroups) : threadSource(pass),
      bindings: [source, ...(offsets ? [offsets] : []), to],
      workgroups: byWorkgroup ? gridOf(results) : gridOfThreads(results),
      parameters: [results, reduced, inner, chunks, size],
    };
  };
  if (!cut) return [launch(false, undefined, target)];
  const totals: BufferReference = { scratch: scratch.push(4 * results) - 1 };
  const offsets: BufferReference = { scratch: scratch.push(4 * results) - 1 };
  const between = { outer, reduced: chunks, inner };
  return [
    launch(true, undefined, totals),
    ...scanPasses(name, dtype, { exclusive: true, reverse: false }, between, totals, offsets, scratch, subgroups),
    launch(false, offsets, target),
  ];
};

const lower = ({ inputs: [x], attributes, device }: KernelContext<ScanAttributes>): Lowered<WebGPULaunch> => {
  if (!x) return { launches: [] };
  const sizes = scanShape(x, attributes);
  if (sizes.outer * sizes.reduced * sizes.inner === 0) return { launches: [] };
  const scratch: number[] = [];
  const subgroups = subgroupsOf(device);
  const launches = scanPasses(
    attributes.function,
    x.dtype,
    attributes,
    sizes,
    { input: 0 },
    { output: 0 },
    scratch,
    subgroups,
  );
  return { scratch, launches };
};

export const scanWebGPU: WebGPUKernel<ScanAttributes>[] = [{ device: "webgpu", name: "scan", lower }];
