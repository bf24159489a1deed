// What attention and its gradient share: scores of a strip of eight queries, kept as [keys][8 queries], so that a query is a
// lane and the softmax has no sum across lanes, and so that a strip is a right operand of the micro-kernel as it lies.
import { fourByEight } from "../matmul/direct.wasm";
import { microKernel } from "../matmul/matmul.wasm";
import { packRight } from "../matmul/pack.wasm";
import { word } from "../runtime/vector.wasm";

/**
 * `rows` packed rows of `depth`, each six `step` bytes apart, times a strip, as [rows][8]; up to five rows more are written.
 * `start` is FROM_ZERO or FROM_RESULT.
 */
export function stripProduct(
  to: usize, left: usize, step: usize, rows: u32, strip: usize, depth: u32, start: u32,
): void {
  for (let i: u32 = 0; i < rows; i += 6, left += step, to += 192) {
    if (rows - i > 4) microKernel(depth, left, strip, to, 32, start, 0, false);
    else fourByEight(depth, left, 4, 24, strip, 32, to, 32, rows - i, start, 0, false);
  }
}

/** Eight rows of a matrix [rows, columns] as a strip, times a factor; rows past the end are zeros. */
export function packStrip(to: usize, from: usize, rows: u32, columns: u32, row: u32, factor: f32): void {
  packRight(to, from, true, rows, columns, row, rows - row < 8 ? rows - row : 8, 0, columns);
  if (factor == 1) return;
  const by = f32x4.splat(factor);
  for (const stop = to + ((<usize>columns) << 5); to < stop; to += 32) {
    v128.store(to, f32x4.mul(v128.load(to), by));
    v128.store(to, f32x4.mul(v128.load(to, 16), by), 16);
  }
}

/** How many of `size` keys from `first` a strip at `query` sees any of. */
// @ts-ignore: decorator
@inline
export function seenKeys(causal: bool, query: u32, first: u32, size: u32): u32 {
  if (!causal || query + 8 >= first + size) return size;
  return query + 8 > first ? query + 8 - first : 0;
}

// Words of a mask's layout behind the first of its words in a block.
const REPEAT: u32 = 1;
const COUNT: u32 = 2;
const MATRIX: u32 = 3;
const ROW: u32 = 4;
const COLUMN: u32 = 5;

/**
 * Sets scores of hidden keys to -Infinity. Words from `at` of the block: mask or 0, repeat, count, matrix, row, column.
 * `words` holds a strip of the mask.
 */
export function hideKeys(
  scores: usize, words: usize, block: usize, at: u32, batch: u32, causal: bool, tokens: u32, keys: u32, query: u32,
  first: u32, count: u32,
): void {
  if (causal) {
    // Lanes of queries before the key: seven rows at most.
    for (let key = query + 1 > first ? query + 1 : first; key < first + count; key++) {
      for (let lane: u32 = 0; lane < key - query; lane++) {
        store<f32>(scores + ((<usize>(key - first)) << 5) + ((<usize>lane) << 2), -Infinity);
      }
    }
  }
  const mask = <usize>word(block, at);
  if (mask == 0) return;
  const row = (<usize>word(block, at + ROW)) << 2;
  const column = (<usize>word(block, at + COLUMN)) << 2;
  const from = mask + ((<usize>((batch / word(block, at + REPEAT)) % word(block, at + COUNT)) * word(block, at + MATRIX)) << 2);
  const lanes = tokens - query < 8 ? tokens - query : 8;
  if (row && column) packRight(words, from, true, tokens, keys, query, lanes, first, count);
  const zero = i32x4.splat(0);
  const hidden = f32x4.splat(-Infinity);
  for (let key: u32 = 0; key < count; key++) {
    const to = scores + ((<usize>key) << 5);
    let a: v128, b: v128;
    if (row && column) {
      a = v128.load(words + ((<usize>key) << 5));
      b = v128.load(words + ((<usize>key) << 5), 16);
    } else if (row) {
      // One word a query, which it is enough to lay out once.
      if (key == 0) {
        for (let lane: u32 = 0; lane < lanes; lane++) {
          store<u32>(words + ((<usize>lane) << 2), load<u32>(from + (<usize>(query + lane)) * row));
        }
      }
      a = v128.load(words);
      b = v128.load(words, 16);
    } else {
      a = v128.load32_splat(from + (<usize>(first + key)) * column);
      b = a;
    }
    v128.store(to, v128.bitselect(hidden, v128.load(to), i32x4.eq(a, zero)));
    v128.store(to, v128.bitselect(hidden, v128.load(to, 16), i32x4.eq(b, zero)), 16);
  }
}

/** A strip [columns][8] as rows of `columns`, the first `rows` of its eight lanes; added to what is there, or put. */
export function writeStrip(to: usize, strip: usize, rows: u32, columns: u32, add: bool): void {
  const stride = (<usize>columns) << 2;
  for (let lane: u32 = 0; lane < rows; lane += 4) {
    let column: u32 = 0;
    if (rows - lane >= 4) {
      for (; column + 4 <= columns; column += 4) {
        const from = strip + ((<usize>column) << 5) + ((<usize>lane) << 2);
        const v0 = v128.load(from), v1 = v128.load(from, 32), v2 = v128.load(from, 64), v3 = v128.load(from, 96);
        const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5);
        const low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
        const high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7);
        const high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
        const r0 = to + (<usize>lane) * stride + ((<usize>column) << 2);
        put(r0, v128.shuffle<i64>(low01, low23, 0, 2), add);
        put(r0 + stride, v128.shuffle<i64>(low01, low23, 1, 3), add);
        put(r0 + 2 * stride, v128.shuffle<i64>(high01, high23, 0, 2), add);
        put(r0 + 3 * stride, v128.shuffle<i64>(high01, high23, 1, 3), add);
      }
    }
    const last = rows - lane < 4 ? rows : lane + 4;
    for (; column < columns; column++) {
      for (let own = lane; own < last; own++) {
        const at = to + (<usize>own) * stride + ((<usize>column) << 2);
        const value = load<f32>(strip + ((<usize>column) << 5) + ((<usize>own) << 2));
        store<f32>(at, add ? load<f32>(at) + value : value);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function put(at: usize, value: v128, add: bool): void {
  v128.store(at, add ? f32x4.add(v128.load(at), value) : value);
}
