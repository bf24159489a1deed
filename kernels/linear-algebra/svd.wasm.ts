// One-sided Jacobi: columns, kept as rows, are rotated in pairs until all are at right angles; their lengths are the
// singular values. The same rotations of the identity give V.
import { address, word } from "../runtime/vector.wasm";
import { MOST_SWEEPS, pairOf, signOf, tangentOf } from "./jacobi.wasm";
import { dotOf, fillRow, powerBelow, rotateRows, scaleRow } from "./rows.wasm";

/** Writes column `rank` of u: across those before it, from the unit vector that is least in their span. */
function complete(u: usize, rows: u32, columns: u32, rank: u32, vector: usize): void {
  const stride = (<usize>columns) << 2;
  const column = u + ((<usize>rank) << 2);
  let most: f32 = -1;
  let best: u32 = 0;
  for (let i: u32 = 0; i < rows; i++) {
    const left: f32 = 1 - dotOf(u + i * stride, u + i * stride, rank);
    if (left > most) {
      most = left;
      best = i;
    }
  }
  fillRow(vector, 0, rows);
  store<f32>(vector + ((<usize>best) << 2), 1);
  for (let pass = 0; pass < 2; pass++) {
    for (let j: u32 = 0; j < rank; j++) {
      const other = u + ((<usize>j) << 2);
      let product: f32 = 0;
      for (let i: u32 = 0; i < rows; i++) product += load<f32>(other + i * stride) * load<f32>(vector + ((<usize>i) << 2));
      for (let i: u32 = 0; i < rows; i++) {
        const at = vector + ((<usize>i) << 2);
        store<f32>(at, load<f32>(at) - product * load<f32>(other + i * stride));
      }
    }
  }
  const norm = sqrt<f32>(dotOf(vector, vector, rows));
  for (let i: u32 = 0; i < rows; i++) store<f32>(column + i * stride, load<f32>(vector + ((<usize>i) << 2)) / norm);
}

/** Units are matrices. Block: [a, u, s, v, work, vectors, [norms, vector], rows, columns]. */
export function svdMatrices(block: usize, begin: u32, end: u32): void {
  const rows = word(block, 7);
  const columns = word(block, 8);
  const stride = (<usize>columns) << 2;
  const height = (<usize>rows) << 2;
  const elements = (<usize>rows) * columns;
  const square = (<usize>columns) * columns;
  const seats = columns + (columns & 1);
  for (let matrix = begin; matrix < end; matrix++) {
    const a = address(block, 0) + matrix * (elements << 2);
    const u = address(block, 1) + matrix * (elements << 2);
    const s = address(block, 2) + matrix * stride;
    const v = address(block, 3) + matrix * (square << 2);
    const work = address(block, 4) + matrix * (elements << 2);
    const vectors = address(block, 5) + matrix * (square << 2);
    const norms = address(block, 6) + matrix * (height + stride);
    const power = powerBelow(a, elements);
    if (power != power) {
      fillRow(u, NaN, elements);
      fillRow(s, NaN, columns);
      fillRow(v, NaN, square);
      continue;
    }
    const scale: f32 = 1 / power;
    for (let i: u32 = 0; i < rows; i++) {
      for (let j: u32 = 0; j < columns; j++) {
        const at = (<usize>j) << 2;
        store<f32>(work + j * height + ((<usize>i) << 2), load<f32>(a + i * stride + at) * scale);
      }
    }
    memory.fill(vectors, 0, square << 2);
    for (let j: u32 = 0; j < columns; j++) store<f32>(vectors + j * (stride + 4), 1);
    let again = true;
    for (let sweep: u32 = 0; sweep < MOST_SWEEPS && again; sweep++) {
      again = false;
      for (let round: u32 = 0; round + 1 < seats; round++) {
        for (let pair: u32 = 0; pair < seats >> 1; pair++) {
          const both = pairOf(seats, round, pair);
          const p = <u32>both;
          const q = <u32>(both >> 32);
          if (q >= columns) continue;
          const x = work + p * height;
          const y = work + q * height;
          const first = dotOf(x, x, rows);
          const second = dotOf(y, y, rows);
          const across = dotOf(x, y, rows);
          if (min<f32>(first, second) < 1e-20) continue;
          if (abs<f32>(across) <= <f32>5e-7 * (sqrt<f32>(first) * sqrt<f32>(second))) continue;
          again = true;
          const t = tangentOf(first, second, across);
          const c: f32 = 1 / sqrt<f32>(1 + t * t);
          const s = t * c;
          const half = s / (1 + c);
          rotateRows(x, y, s, half, rows);
          rotateRows(vectors + p * stride, vectors + q * stride, s, half, columns);
        }
      }
    }
    for (let j: u32 = 0; j < columns; j++) {
      const x = work + j * height;
      store<f32>(norms + ((<usize>j) << 2), sqrt<f32>(dotOf(x, x, rows)));
    }
    // Columns in the order of their values, so that each that is completed finds those before it.
    for (let rank: u32 = 0; rank < columns; rank++) {
      const at = (<usize>rank) << 2;
      let j: u32 = 0;
      for (let candidate: u32 = 0; candidate < columns; candidate++) {
        const value = load<f32>(norms + ((<usize>candidate) << 2));
        let before: u32 = 0;
        for (let k: u32 = 0; k < columns; k++) {
          const other = load<f32>(norms + ((<usize>k) << 2));
          if (other > value || (other == value && k < candidate)) before++;
        }
        if (before == rank) {
          j = candidate;
          break;
        }
      }
      const norm = load<f32>(norms + ((<usize>j) << 2));
      const vector = vectors + j * stride;
      const sign = signOf(vector, columns);
      store<f32>(s + at, norm * power);
      for (let k: u32 = 0; k < columns; k++) {
        store<f32>(v + k * stride + at, sign * load<f32>(vector + ((<usize>k) << 2)));
      }
      if (norm < 1e-10) complete(u, rows, columns, rank, norms + stride);
      else {
        const x = work + j * height;
        scaleRow(x, x, sign / norm, rows);
        for (let i: u32 = 0; i < rows; i++) store<f32>(u + i * stride + at, load<f32>(x + ((<usize>i) << 2)));
      }
    }
  }
}
