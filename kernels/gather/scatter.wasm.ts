// Rows set, raised or lowered at indices, in the order of the indices; each thread owns rows of the result.
import { address, storeLanes, word } from "../runtime/vector.wasm";
import { copyRow } from "./gather.wasm";

// Function + 4 for i32, + 8 for u32.
const SET: u32 = 0;
const MAXIMUM: u32 = 1;
const MINIMUM: u32 = 2;
const I32: u32 = 4;
const U32: u32 = 8;

// @ts-ignore: decorator
@inline
function join(kind: u32, x: v128, y: v128): v128 {
  if (kind == MAXIMUM) return f32x4.max(x, y);
  if (kind == MINIMUM) return f32x4.min(x, y);
  if (kind == I32 + MAXIMUM) return i32x4.max_s(x, y);
  if (kind == I32 + MINIMUM) return i32x4.min_s(x, y);
  if (kind == U32 + MAXIMUM) return i32x4.max_u(x, y);
  return i32x4.min_u(x, y);
}

/** Units are rows of the result; a range reads all indices. Block: [base, indices, updates, to, count, width, kind]. */
export function scatterRows(block: usize, begin: u32, end: u32): void {
  const indices = address(block, 1);
  const count = word(block, 4);
  const width = word(block, 5);
  const kind = word(block, 6);
  const stride = (<usize>width) << 2;
  const to = address(block, 3);
  const own = (<usize>begin) * stride;
  memory.copy(to + own, address(block, 0) + own, (<usize>(end - begin)) * stride);
  for (let i: u32 = 0; i < count; i++) {
    const row = load<u32>(indices + ((<usize>i) << 2));
    if (row - begin >= end - begin) continue;
    const target = to + (<usize>row) * stride;
    const update = address(block, 2) + (<usize>i) * stride;
    if ((kind & 3) == SET) {
      copyRow(target, update, width);
      continue;
    }
    let at: usize = 0;
    for (const whole = stride & ~15; at < whole; at += 16) {
      v128.store(target + at, join(kind, v128.load(target + at), v128.load(update + at)));
    }
    if (width & 3) storeLanes(target + at, join(kind, v128.load(target + at), v128.load(update + at)), width & 3);
  }
}
