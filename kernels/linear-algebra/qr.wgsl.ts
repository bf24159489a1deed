// Householder QR on WebGPU, a workgroup a matrix: each thread reflects columns of its own, so that threads meet only for
// the norm of a column. A reflection is I - v v^T with |v|^2 = 2.
import type { WebGPUKernel } from "../contract/kernel.ts";
import {
  magnitudeOf,
  matrixLaunch,
  matrixThreads,
  scaleDeclarations,
  scaleOf,
  shared,
  syncFunction,
} from "./matrix.wgsl.ts";
import { matricesOf } from "./shape.ts";

const declarations = `${scaleDeclarations}
var<workgroup> partial: array<f32, ${matrixThreads}>;
${syncFunction}`;

/** Parameters: rows, columns. */
const body = `
let m = parameter(0);
let n = parameter(1);
let top = workgroup * m * n;
${magnitudeOf("top", "m * n")}
${scaleOf()}
${shared("e", "0u", "m * n")} { work[top + e] = a[top + e] / power; }
var turned = 1.0;
for (var j = 0u; j < n; j++) {
  sync();
  var sum = 0.0;
  ${shared("i", "j", "m")} { sum += work[top + i * n + j] * work[top + i * n + j]; }
  partial[lane] = sum;
  for (var width = ${matrixThreads / 2}u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (lane < width) { partial[lane] += partial[lane + width]; }
  }
  workgroupBarrier();
  let norm = sqrt(partial[0]);
  let head = work[top + j * n + j];
  let diagonal = select(norm, -norm, head > 0.0);
  var scale = 0.0;
  if (norm > 0.0) {
    scale = sqrt(1.0 / (norm * (norm + abs(head))));
    turned = -turned;
  }
  ${shared("i", "0u", "m")} {
    var value = 0.0;
    if (i == j) { value = head - diagonal; } else if (i > j) { value = work[top + i * n + j]; }
    vectors[top + j * m + i] = value * scale;
  }
  sync();
  if (lane == 0u) { work[top + j * n + j] = diagonal; }
  ${shared("c", "j + 1u", "n")} {
    var product = 0.0;
    for (var i = j; i < m; i++) { product += vectors[top + j * m + i] * work[top + i * n + c]; }
    for (var i = j; i < m; i++) { work[top + i * n + c] -= vectors[top + j * m + i] * product; }
  }
}
sync();
for (var j = 0u; j < n; j++) { if (work[top + j * n + j] < 0.0) { turned = -turned; } }
let nan = fromBits(0x7fc00000u);
${shared("c", "0u", "n")} {
  for (var i = 0u; i < m; i++) { q[top + i * n + c] = select(0.0, 1.0, i == c); }
  // Reflections after this column's own leave it as it is.
  for (var left = c + 1u; left > 0u; left--) {
    let j = left - 1u;
    var product = 0.0;
    for (var i = j; i < m; i++) { product += vectors[top + j * m + i] * q[top + i * n + c]; }
    for (var i = j; i < m; i++) { q[top + i * n + c] -= vectors[top + j * m + i] * product; }
  }
  let sign = select(1.0, -1.0, work[top + c * n + c] < 0.0);
  for (var i = 0u; i < m; i++) { q[top + i * n + c] = select(nan, sign * q[top + i * n + c], finite); }
}
${shared("e", "0u", "n * n")} {
  let row = e / n;
  let column = e % n;
  let sign = select(power, -power, work[top + row * n + row] < 0.0);
  let value = select(0.0, work[top + row * n + column] * sign, column >= row);
  r[workgroup * n * n + e] = select(nan, value, finite);
}
if (lane == 0u) { orientation[workgroup] = select(nan, turned, finite); }
`;

const kernel: WebGPUKernel = {
  device: "webgpu",
  name: "householder",
  lower: ({ inputs: [a] }) => {
    const { count, rows, columns } = matricesOf("qr", a);
    if (count === 0) return { launches: [] };
    const buffers = [
      { name: "a", reference: { input: 0 } },
      { name: "q", reference: { output: 0 } },
      { name: "r", reference: { output: 1 } },
      { name: "orientation", reference: { output: 2 } },
      { name: "work", reference: { scratch: 0 } },
      { name: "vectors", reference: { scratch: 1 } },
    ];
    const bytes = Math.max(4, 4 * count * rows * columns);
    return {
      scratch: [bytes, bytes],
      launches: [matrixLaunch(count, buffers, declarations, body, [rows, columns])],
    };
  },
};

export const qrWebGPU: WebGPUKernel[] = [kernel];
