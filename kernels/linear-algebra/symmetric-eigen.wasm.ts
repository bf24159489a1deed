// Jacobi's method: rounds of rotations until a sweep finds every element off the diagonal below 1e-9 of the scale.
import { address, word } from "../runtime/vector.wasm";
import { MOST_SWEEPS, pairOf, signOf, tangentOf } from "./jacobi.wasm";
import { fillRow, powerBelow, rotateRows, scaleRow } from "./rows.wasm";

/** Units are matrices. Block: [a, values, to, work, vectors, size]. Vectors are rows until they are written. */
export function symmetricEigenMatrices(block: usize, begin: u32, end: u32): void {
  const size = word(block, 5);
  const stride = (<usize>size) << 2;
  const elements = (<usize>size) * size;
  const seats = size + (size & 1);
  for (let matrix = begin; matrix < end; matrix++) {
    const a = address(block, 0) + matrix * (elements << 2);
    const values = address(block, 1) + matrix * stride;
    const to = address(block, 2) + matrix * (elements << 2);
    const work = address(block, 3) + matrix * (elements << 2);
    const vectors = address(block, 4) + matrix * (elements << 2);
    for (let i: u32 = 0; i < size; i++) {
      for (let k: u32 = 0; k <= i; k++) {
        const value = load<f32>(a + i * stride + ((<usize>k) << 2));
        store<f32>(work + i * stride + ((<usize>k) << 2), value);
        store<f32>(work + k * stride + ((<usize>i) << 2), value);
      }
    }
    const power = powerBelow(work, elements);
    if (power != power) {
      fillRow(values, NaN, size);
      fillRow(to, NaN, elements);
      continue;
    }
    scaleRow(work, work, 1 / power, <u32>elements);
    memory.fill(vectors, 0, elements << 2);
    for (let i: u32 = 0; i < size; i++) store<f32>(vectors + i * (stride + 4), 1);
    let again = true;
    for (let sweep: u32 = 0; sweep < MOST_SWEEPS && again; sweep++) {
      again = false;
      for (let round: u32 = 0; round + 1 < seats; round++) {
        for (let pair: u32 = 0; pair < seats >> 1; pair++) {
          const both = pairOf(seats, round, pair);
          const p = <u32>both;
          const q = <u32>(both >> 32);
          if (q >= size) continue;
          const x = work + p * stride;
          const y = work + q * stride;
          const atP = (<usize>p) << 2;
          const atQ = (<usize>q) << 2;
          const across = load<f32>(x + atQ);
          if (abs<f32>(across) <= 1e-9) continue;
          again = true;
          const t = tangentOf(load<f32>(x + atP), load<f32>(y + atQ), across);
          const c: f32 = 1 / sqrt<f32>(1 + t * t);
          const s = t * c;
          const half = s / (1 + c);
          rotateRows(x, y, s, half, size);
          rotateRows(vectors + p * stride, vectors + q * stride, s, half, size);
          for (let i: u32 = 0; i < size; i++) {
            const row = work + i * stride;
            const first = load<f32>(row + atP);
            const second = load<f32>(row + atQ);
            store<f32>(row + atP, first - s * (second + half * first));
            store<f32>(row + atQ, second + s * (first - half * second));
          }
          store<f32>(x + atQ, 0);
          store<f32>(y + atP, 0);
        }
      }
    }
    for (let i: u32 = 0; i < size; i++) {
      const value = load<f32>(work + i * (stride + 4));
      let rank: u32 = 0;
      for (let k: u32 = 0; k < size; k++) {
        const other = load<f32>(work + k * (stride + 4));
        if (other < value || (other == value && k < i)) rank++;
      }
      const vector = vectors + i * stride;
      const sign = signOf(vector, size);
      const column = (<usize>rank) << 2;
      store<f32>(values + column, value * power);
      for (let k: u32 = 0; k < size; k++) {
        store<f32>(to + k * stride + column, sign * load<f32>(vector + ((<usize>k) << 2)));
      }
    }
  }
}
