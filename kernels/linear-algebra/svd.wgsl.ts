// One-sided Jacobi on WebGPU, a workgroup a matrix: a thread rotates a pair of columns, and all pairs of a round at once.
import type { WebGPUKernel } from "../contract/kernel.ts";
import { jacobiDeclarations, signText, sweeps } from "./jacobi.wgsl.ts";
import { magnitudeOf, matrixLaunch, scaleDeclarations, scaleOf, shared, syncFunction } from "./matrix.wgsl.ts";
import { matricesOf } from "./shape.ts";

const declarations = `${scaleDeclarations}
${syncFunction}
${jacobiDeclarations}`;

const round = `
${shared("pair", "0u", "seats / 2u")} {
  let both = pairOf(seats, round, pair);
  if (both.y < n) {
    let p = top + both.x * m;
    let q = top + both.y * m;
    var first = 0.0;
    var second = 0.0;
    var across = 0.0;
    for (var i = 0u; i < m; i++) {
      first += work[p + i] * work[p + i];
      second += work[q + i] * work[q + i];
      across += work[p + i] * work[q + i];
    }
    if (min(first, second) >= 1e-20 && abs(across) > 5e-7 * (sqrt(first) * sqrt(second))) {
      atomicStore(&rotated, 1u);
      let turn = rotationOf(first, second, across);
      for (var i = 0u; i < m; i++) {
        let next = rotatedPair(work[p + i], work[q + i], turn);
        work[p + i] = next.x;
        work[q + i] = next.y;
      }
      for (var i = 0u; i < n; i++) {
        let next = rotatedPair(vectors[corner + both.x * n + i], vectors[corner + both.y * n + i], turn);
        vectors[corner + both.x * n + i] = next.x;
        vectors[corner + both.y * n + i] = next.y;
      }
    }
  }
}`;

/** Parameters: rows, columns. */
const body = `
let m = parameter(0);
let n = parameter(1);
let top = workgroup * m * n;
let corner = workgroup * n * n;
let seats = n + (n & 1u);
${magnitudeOf("top", "m * n")}
${scaleOf()}
${shared("e", "0u", "m * n")} { work[top + (e % n) * m + e / n] = a[top + e] / power; }
${shared("e", "0u", "n * n")} { vectors[corner + e] = select(0.0, 1.0, e / n == e % n); }
${sweeps(round)}
let nan = fromBits(0x7fc00000u);
${shared("j", "0u", "n")} {
  var square = 0.0;
  for (var i = 0u; i < m; i++) { square += work[top + j * m + i] * work[top + j * m + i]; }
  norms[workgroup * n + j] = sqrt(square);
}
sync();
${shared("j", "0u", "n")} {
  let norm = norms[workgroup * n + j];
  var rank = 0u;
  for (var k = 0u; k < n; k++) {
    let other = norms[workgroup * n + k];
    if (other > norm || (other == norm && k < j)) { rank++; }
  }
  // Where elements are not finite there is no order.
  rank = select(j, rank, finite);
  ${signText((k) => `vectors[corner + j * n + ${k}]`, "n")}
  s[workgroup * n + rank] = select(nan, norm * power, finite);
  for (var k = 0u; k < n; k++) { v[corner + k * n + rank] = select(nan, sign * vectors[corner + j * n + k], finite); }
  for (var i = 0u; i < m; i++) { u[top + i * n + rank] = select(nan, sign * work[top + j * m + i] / norm, finite); }
}
sync();
// Columns of no length come last; one thread completes them one after the other, each from the unit vector that is least
// in the span of those before it.
if (lane == 0u && finite) {
  for (var rank = 0u; rank < n; rank++) {
    if (s[workgroup * n + rank] >= 1e-10 * power) { continue; }
    var most = -1.0;
    var best = 0u;
    for (var i = 0u; i < m; i++) {
      var left = 1.0;
      for (var j = 0u; j < rank; j++) { left -= u[top + i * n + j] * u[top + i * n + j]; }
      if (left > most) {
        most = left;
        best = i;
      }
    }
    for (var i = 0u; i < m; i++) { u[top + i * n + rank] = select(0.0, 1.0, i == best); }
    for (var turn = 0u; turn < 2u; turn++) {
      for (var j = 0u; j < rank; j++) {
        var product = 0.0;
        for (var i = 0u; i < m; i++) { product += u[top + i * n + j] * u[top + i * n + rank]; }
        for (var i = 0u; i < m; i++) { u[top + i * n + rank] -= product * u[top + i * n + j]; }
      }
    }
    var square = 0.0;
    for (var i = 0u; i < m; i++) { square += u[top + i * n + rank] * u[top + i * n + rank]; }
    for (var i = 0u; i < m; i++) { u[top + i * n + rank] /= sqrt(square); }
  }
}
`;

const kernel: WebGPUKernel = {
  device: "webgpu",
  name: "jacobi",
  lower: ({ inputs: [a] }) => {
    const { count, rows, columns } = matricesOf("svd", a);
    if (count * rows * columns === 0) return { launches: [] };
    const buffers = [
      { name: "a", reference: { input: 0 } },
      { name: "u", reference: { output: 0 } },
      { name: "s", reference: { output: 1 } },
      { name: "v", reference: { output: 2 } },
      { name: "work", reference: { scratch: 0 } },
      { name: "vectors", reference: { scratch: 1 } },
      { name: "norms", reference: { scratch: 2 } },
    ];
    return {
      scratch: [4 * count * rows * columns, 4 * count * columns * columns, 4 * count * columns],
      launches: [matrixLaunch(count, buffers, declarations, body, [rows, columns])],
    };
  },
};

export const svdWebGPU: WebGPUKernel[] = [kernel];
