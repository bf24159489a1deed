// Elements by index along the last axis, and the adjoint. A row's sums are added in the order of its indices by one thread.
import { address, word } from "../runtime/vector.wasm";

/** Units are pieces of 4096 elements of a row. Block: [x, indices, to, length, count, word of a missing element]. */
export function takeAlongRows(block: usize, begin: u32, end: u32): void {
  const length = word(block, 3);
  const count = word(block, 4);
  const missing = word(block, 5);
  const pieces = (count + 4095) >> 12;
  for (let unit = begin; unit < end; unit++) {
    const row = unit / pieces;
    const first = (unit - row * pieces) << 12;
    const last = count - first < 4096 ? count : first + 4096;
    const x = address(block, 0) + (((<usize>row) * length) << 2);
    const skip = (<usize>row) * count;
    const indices = address(block, 1) + (skip << 2);
    const to = address(block, 2) + (skip << 2);
    for (let i = (<usize>first) << 2; i < (<usize>last) << 2; i += 4) {
      const index = load<u32>(indices + i);
      store<u32>(to + i, index < length ? load<u32>(x + ((<usize>index) << 2)) : missing);
    }
  }
}

/** Units are rows. Block: [indices, updates, to, count, size]. */
export function scatterAddAlongRows(block: usize, begin: u32, end: u32): void {
  const count = word(block, 3);
  const size = word(block, 4);
  memory.fill(address(block, 2) + (((<usize>begin) * size) << 2), 0, ((<usize>(end - begin)) * size) << 2);
  for (let row = begin; row < end; row++) {
    const skip = ((<usize>row) * count) << 2;
    const indices = address(block, 0) + skip;
    const updates = address(block, 1) + skip;
    const to = address(block, 2) + (((<usize>row) * size) << 2);
    for (let i: usize = 0; i < (<usize>count) << 2; i += 4) {
      const index = load<u32>(indices + i);
      if (index >= size) continue;
      const at = to + ((<usize>index) << 2);
      store<f32>(at, load<f32>(at) + load<f32>(updates + i));
    }
  }
}
