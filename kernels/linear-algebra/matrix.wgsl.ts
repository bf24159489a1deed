// What the factorisations share on WebGPU: a workgroup a matrix, barriers over both memories, and the scale of a matrix.
import { entry, gridOf, storage } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, WebGPULaunch } from "../contract/kernel.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";

/** Threads that share a matrix. */
export const matrixThreads = 64;

/** `for` over [from, to) shared by the threads. */
export const shared = (name: string, from: string, to: string): string =>
  `for (var ${name} = ${from} + lane; ${name} < ${to}; ${name} += ${matrixThreads}u)`;

/** The largest magnitude of `size` elements from `from` of `a`, as bits in `largest`, for scaleOf. */
export const magnitudeOf = (from: string, size: string): string => `
${shared("e", "0u", size)} { atomicMax(&largest, bitcast<u32>(a[${from} + e]) & 0x7fffffffu); }
workgroupBarrier();`;

/**
 * Gives `power`, the power of two that is at most the largest magnitude (between 2^-126 and 2^126), and whether all
 * elements are `finite`.
 */
export const scaleOf = (): string => `
let magnitude = atomicLoad(&largest);
let finite = magnitude < 0x7f800000u;
let exponent = magnitude & 0x7f800000u;
let power = bitcast<f32>(select(min(exponent, 0x7e800000u), 0x3f800000u, exponent == 0u));`;

export const scaleDeclarations = "var<workgroup> largest: atomic<u32>;";

/** A barrier for both memories. */
export const syncFunction = "fn sync() { storageBarrier(); workgroupBarrier(); }";

export interface MatrixBuffer {
  readonly name: string;
  readonly reference: BufferReference;
}

/** The launch of one workgroup a matrix; the first buffer is read, the others are written. */
export const matrixLaunch = (
  count: number,
  buffers: readonly MatrixBuffer[],
  declarations: string,
  body: string,
  parameters: readonly number[],
): WebGPULaunch => ({
  source: [
    elementAliases(1),
    ...buffers.map(({ name }, i) => storage(i, name, "f32", i === 0 ? "read" : "read_write")),
    declarations,
    calledFunctions(body),
    entry(`if (workgroup >= ${count}u) { return; }\n${body}`, matrixThreads),
  ].join("\n"),
  bindings: buffers.map(({ reference }) => reference),
  workgroups: gridOf(count),
  parameters,
});
