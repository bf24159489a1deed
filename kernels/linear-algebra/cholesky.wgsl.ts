// Cholesky on WebGPU, a workgroup a matrix: column by column, the rows of a column shared by the threads.
import { entry, gridOf, storage } from "../contract/dispatch.wgsl.ts";
import type { WebGPUKernel } from "../contract/kernel.ts";
import { calledFunctions } from "../map/scalar.wgsl.ts";
import { matrixThreads } from "./matrix.wgsl.ts";
import { squareOf } from "./shape.ts";

// Parameters: matrices, size. The flag is the same in every thread; NaN is found by its bits.
const body = `
if (workgroup >= parameter(0)) { return; }
let n = parameter(1);
let base = workgroup * n * n;
for (var e = lane; e < n * n; e += ${matrixThreads}u) { result[base + e] = 0.0; }
var positive = true;
for (var j = 0u; j < n; j++) {
  storageBarrier();
  for (var i = j + lane; i < n; i += ${matrixThreads}u) {
    var sum = a[base + i * n + j];
    for (var k = 0u; k < j; k++) { sum -= result[base + i * n + k] * result[base + j * n + k]; }
    result[base + i * n + j] = sum;
  }
  storageBarrier();
  let pivot = result[base + j * n + j];
  storageBarrier();
  let bits = bitcast<u32>(pivot);
  positive = positive && bits > 0u && bits < 0x7f800000u;
  let root = sqrt(max(pivot, 0.0));
  for (var i = j + lane; i < n; i += ${matrixThreads}u) {
    if (i == j) { result[base + i * n + j] = root; } else { result[base + i * n + j] /= root; }
  }
}
storageBarrier();
if (!positive) {
  for (var e = lane; e < n * n; e += ${matrixThreads}u) {
    if (e % n <= e / n) { result[base + e] = fromBits(0x7fc00000u); }
  }
}
`;

const kernel: WebGPUKernel = {
  device: "webgpu",
  name: "cholesky",
  lower: ({ inputs: [a] }) => {
    const { count, size } = squareOf("cholesky", a);
    if (count * size === 0) return { launches: [] };
    const source = [
      storage(0, "a", "f32"),
      storage(1, "result", "f32", "read_write"),
      calledFunctions(body),
      entry(body, matrixThreads),
    ].join("\n");
    return {
      launches: [
        { source, bindings: [{ input: 0 }, { output: 0 }], workgroups: gridOf(count), parameters: [count, size] },
      ],
    };
  },
};

export const choleskyWebGPU: WebGPUKernel[] = [kernel];
