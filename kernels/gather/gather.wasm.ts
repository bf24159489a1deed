// Rows by index, their adjoint, and one-hot rows. Each thread owns rows of the output, so nothing is added atomically.
import { address, storeLanes, word } from "../runtime/vector.wasm";

/** Copies `words` words: by vectors where a bulk copy's call would cost more than the copy. */
// @ts-ignore: decorator
@inline
export function copyRow(to: usize, from: usize, words: u32): void {
  if (words > 64) {
    memory.copy(to, from, (<usize>words) << 2);
    return;
  }
  let at: usize = 0;
  for (const stop = (<usize>(words & ~3)) << 2; at < stop; at += 16) v128.store(to + at, v128.load(from + at));
  if (words & 3) storeLanes(to + at, v128.load(from + at), words & 3);
}

/** Fills `words` words. */
// @ts-ignore: decorator
@inline
export function fillRow(to: usize, value: v128, words: u32): void {
  let at: usize = 0;
  for (const stop = (<usize>(words & ~3)) << 2; at < stop; at += 16) v128.store(to + at, value);
  if (words & 3) storeLanes(to + at, value, words & 3);
}

/** Units are indices. Block: [table, indices, to, rows, width, word of a missing row]. */
export function gatherRows(block: usize, begin: u32, end: u32): void {
  const table = address(block, 0);
  const indices = address(block, 1);
  const rows = word(block, 3);
  const width = word(block, 4);
  const stride = (<usize>width) << 2;
  const missing = i32x4.splat(word(block, 5));
  let to = address(block, 2) + (<usize>begin) * stride;
  for (let i = begin; i < end; i++, to += stride) {
    const row = load<u32>(indices + ((<usize>i) << 2));
    if (row < rows) copyRow(to, table + (<usize>row) * stride, width);
    else fillRow(to, missing, width);
  }
}

/** Units are rows of the result; a range reads all indices in order. Block: [indices, updates, to, count, width]. */
export function scatterAddRows(block: usize, begin: u32, end: u32): void {
  const indices = address(block, 0);
  const updates = address(block, 1);
  const to = address(block, 2);
  const count = word(block, 3);
  const stride = (<usize>word(block, 4)) << 2;
  const whole = stride & ~15;
  const rest = (<u32>stride >> 2) & 3;
  memory.fill(to + (<usize>begin) * stride, 0, (<usize>(end - begin)) * stride);
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(indices + ((<usize>i) << 2));
    if (row - begin >= end - begin) continue;
    const target = to + (<usize>row) * stride;
    const update = updates + (<usize>i) * stride;
    let at: usize = 0;
    for (; at < whole; at += 16) {
      v128.store(target + at, f32x4.add(v128.load(target + at), v128.load(update + at)));
    }
    if (rest) storeLanes(target + at, f32x4.add(v128.load(target + at), v128.load(update + at)), rest);
  }
}

/** Units are labels. Block: [labels, to, depth]. */
export function oneHotRows(block: usize, begin: u32, end: u32): void {
  const labels = address(block, 0);
  const depth = word(block, 2);
  const stride = (<usize>depth) << 2;
  let to = address(block, 1) + (<usize>begin) * stride;
  memory.fill(to, 0, (<usize>(end - begin)) * stride);
  for (let i = begin; i < end; i++, to += stride) {
    const label = load<u32>(labels + ((<usize>i) << 2));
    if (label < depth) store<f32>(to + ((<usize>label) << 2), 1);
  }
}
