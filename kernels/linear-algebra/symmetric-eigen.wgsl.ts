// Jacobi's method on WebGPU, a workgroup a matrix: the rotations of a round are found together, applied to rows, then to
// columns.
import type { WebGPUKernel } from "../contract/kernel.ts";
import { jacobiDeclarations, signText, sweeps } from "./jacobi.wgsl.ts";
import { matrixLaunch, scaleDeclarations, scaleOf, shared, syncFunction } from "./matrix.wgsl.ts";
import { squareOf } from "./shape.ts";

const declarations = `${scaleDeclarations}
${syncFunction}
${jacobiDeclarations}`;

const round = `
${shared("pair", "0u", "pairs")} {
  let both = pairOf(seats, round, pair);
  var turn = vec2f(0.0);
  if (both.y < n) {
    let across = work[top + both.x * n + both.y];
    if (abs(across) > 1e-9) {
      turn = rotationOf(work[top + both.x * n + both.x], work[top + both.y * n + both.y], across);
      atomicStore(&rotated, 1u);
    }
  }
  turns[2u * (workgroup * pairs + pair)] = turn.x;
  turns[2u * (workgroup * pairs + pair) + 1u] = turn.y;
}
sync();
${shared("e", "0u", "pairs * n")} {
  let pair = e / n;
  let both = pairOf(seats, round, pair);
  let turn = vec2f(turns[2u * (workgroup * pairs + pair)], turns[2u * (workgroup * pairs + pair) + 1u]);
  if (turn.y != 0.0) {
    let p = top + both.x * n + e % n;
    let q = top + both.y * n + e % n;
    let next = rotatedPair(work[p], work[q], turn);
    work[p] = next.x;
    work[q] = next.y;
    let vector = rotatedPair(vectors[p], vectors[q], turn);
    vectors[p] = vector.x;
    vectors[q] = vector.y;
  }
}
sync();
${shared("e", "0u", "pairs * n")} {
  let pair = e / n;
  let row = e % n;
  let both = pairOf(seats, round, pair);
  let turn = vec2f(turns[2u * (workgroup * pairs + pair)], turns[2u * (workgroup * pairs + pair) + 1u]);
  if (turn.y != 0.0) {
    let p = top + row * n + both.x;
    let q = top + row * n + both.y;
    let next = rotatedPair(work[p], work[q], turn);
    work[p] = select(next.x, 0.0, row == both.y);
    work[q] = select(next.y, 0.0, row == both.x);
  }
}`;

/** The parameter is the size. */
const body = `
let n = parameter(0);
let top = workgroup * n * n;
let seats = n + (n & 1u);
let pairs = seats / 2u;
${shared("e", "0u", "n * n")} {
  let row = e / n;
  let column = e % n;
  let word = bitcast<u32>(a[top + max(row, column) * n + min(row, column)]);
  atomicMax(&largest, word & 0x7fffffffu);
}
workgroupBarrier();
${scaleOf()}
${shared("e", "0u", "n * n")} {
  let row = e / n;
  let column = e % n;
  work[top + e] = a[top + max(row, column) * n + min(row, column)] / power;
  vectors[top + e] = select(0.0, 1.0, row == column);
}
${sweeps(round)}
let nan = fromBits(0x7fc00000u);
${shared("i", "0u", "n")} {
  let value = work[top + i * n + i];
  var rank = 0u;
  for (var k = 0u; k < n; k++) {
    let other = work[top + k * n + k];
    if (other < value || (other == value && k < i)) { rank++; }
  }
  // Where elements are not finite there is no order.
  rank = select(i, rank, finite);
  ${signText((k) => `vectors[top + i * n + ${k}]`, "n")}
  values[workgroup * n + rank] = select(nan, value * power, finite);
  for (var k = 0u; k < n; k++) { result[top + k * n + rank] = select(nan, sign * vectors[top + i * n + k], finite); }
}
`;

const kernel: WebGPUKernel = {
  device: "webgpu",
  name: "jacobi",
  lower: ({ inputs: [a] }) => {
    const { count, size } = squareOf("symmetricEigen", a);
    if (count * size === 0) return { launches: [] };
    const buffers = [
      { name: "a", reference: { input: 0 } },
      { name: "values", reference: { output: 0 } },
      { name: "result", reference: { output: 1 } },
      { name: "work", reference: { scratch: 0 } },
      { name: "vectors", reference: { scratch: 1 } },
      { name: "turns", reference: { scratch: 2 } },
    ];
    const bytes = 4 * count * size * size;
    return {
      scratch: [bytes, bytes, 4 * count * (size + 1)],
      launches: [matrixLaunch(count, buffers, declarations, body, [size])],
    };
  },
};

export const symmetricEigenWebGPU: WebGPUKernel[] = [kernel];
