// Cholesky row by row: element (i, j) is what is left of a(i, j) after the product of the rows so far, over the pivot j.
import { address, word } from "../runtime/vector.wasm";
import { dotOf, fillRow } from "./rows.wasm";

/** Units are matrices. Block: [a, to, size]. */
export function choleskyMatrices(block: usize, begin: u32, end: u32): void {
  const size = word(block, 2);
  const stride = (<usize>size) << 2;
  for (let matrix = begin; matrix < end; matrix++) {
    const a = address(block, 0) + (<usize>matrix) * size * stride;
    const to = address(block, 1) + (<usize>matrix) * size * stride;
    memory.fill(to, 0, size * stride);
    let positive = true;
    for (let i: u32 = 0; i < size && positive; i++) {
      const row = to + i * stride;
      for (let j: u32 = 0; j < i; j++) {
        const at = (<usize>j) << 2;
        const other = to + j * stride;
        store<f32>(row + at, (load<f32>(a + i * stride + at) - dotOf(row, other, j)) / load<f32>(other + at));
      }
      const diagonal = (<usize>i) << 2;
      const pivot = load<f32>(a + i * stride + diagonal) - dotOf(row, row, i);
      positive = pivot > 0 && pivot < f32(Infinity);
      store<f32>(row + diagonal, sqrt<f32>(pivot));
    }
    if (!positive) for (let i: u32 = 0; i < size; i++) fillRow(to + i * stride, NaN, i + 1);
  }
}
