// Householder QR of matrices scaled by a power of two, so that no square overflows. A reflection is I - v v^T with |v|^2
// = 2; it is applied row by row: w = v^T X, then each row less v_i w.
import { address, word } from "../runtime/vector.wasm";
import { dotOf, fillRow, powerBelow, scaleRow, subtractMultiple } from "./rows.wasm";

/** Reflects columns [first, columns) of x by v, whose first `top` elements are zero. */
// @ts-ignore: decorator
@inline
function reflect(x: usize, v: usize, w: usize, rows: u32, columns: u32, top: u32, first: u32): void {
  const stride = (<usize>columns) << 2;
  const start = (<usize>first) << 2;
  const width = columns - first;
  fillRow(w, 0, width);
  for (let i = top; i < rows; i++) {
    subtractMultiple(w, x + i * stride + start, -load<f32>(v + ((<usize>i) << 2)), width);
  }
  for (let i = top; i < rows; i++) {
    subtractMultiple(x + i * stride + start, w, load<f32>(v + ((<usize>i) << 2)), width);
  }
}

/** Units are matrices. Block: [a, q, r, orientation, work, vectors, products, rows, columns]. */
export function qrMatrices(block: usize, begin: u32, end: u32): void {
  const rows = word(block, 7);
  const columns = word(block, 8);
  const stride = (<usize>columns) << 2;
  const height = (<usize>rows) << 2;
  const size = (<usize>rows) * columns;
  for (let matrix = begin; matrix < end; matrix++) {
    const a = address(block, 0) + matrix * (size << 2);
    const q = address(block, 1) + matrix * (size << 2);
    const r = address(block, 2) + matrix * (columns * stride);
    const orientation = address(block, 3) + ((<usize>matrix) << 2);
    const work = address(block, 4) + matrix * (size << 2);
    const vectors = address(block, 5) + matrix * (size << 2);
    const w = address(block, 6) + matrix * stride;
    const power = powerBelow(a, size);
    if (power != power) {
      fillRow(q, NaN, size);
      fillRow(r, NaN, (<usize>columns) * columns);
      store<f32>(orientation, NaN);
      continue;
    }
    scaleRow(work, a, 1 / power, <u32>size);
    let turned: f32 = 1;
    for (let j: u32 = 0; j < columns; j++) {
      const v = vectors + j * height;
      const at = (<usize>j) << 2;
      fillRow(v, 0, j);
      for (let i = j; i < rows; i++) store<f32>(v + ((<usize>i) << 2), load<f32>(work + i * stride + at));
      const norm = sqrt<f32>(dotOf(v + at, v + at, rows - j));
      const head = load<f32>(v + at);
      const diagonal = head > 0 ? -norm : norm;
      store<f32>(v + at, head - diagonal);
      scaleRow(v + at, v + at, norm > 0 ? sqrt<f32>(1 / (norm * (norm + abs<f32>(head)))) : 0, rows - j);
      if (norm > 0) {
        turned = -turned;
        reflect(work, v, w, rows, columns, j, j + 1);
      }
      store<f32>(work + j * stride + at, diagonal);
    }
    memory.fill(q, 0, size << 2);
    for (let j: u32 = 0; j < columns; j++) store<f32>(q + j * (stride + 4), 1);
    for (let j = columns; j > 0; j--) reflect(q, vectors + (j - 1) * height, w, rows, columns, j - 1, j - 1);
    memory.fill(r, 0, columns * stride);
    for (let j: u32 = 0; j < columns; j++) {
      const corner = j * (stride + 4);
      const sign: f32 = load<f32>(work + corner) < 0 ? -1 : 1;
      turned *= sign;
      scaleRow(r + corner, work + corner, sign * power, columns - j);
      const column = q + ((<usize>j) << 2);
      for (let i: u32 = 0; i < rows; i++) store<f32>(column + i * stride, load<f32>(column + i * stride) * sign);
    }
    store<f32>(orientation, turned);
  }
}
