// Packing for the matrix product: A into strips of 6 rows, B into strips of 8 columns, both with the depth outermost, so that
// the micro-kernel reads forwards only. Transposed operands cost a 4 x 4 transpose in registers and no copy.
import { address, word } from "../runtime/vector.wasm";

/**
 * All of B as strips of eight columns over the whole depth, for products that meet the same B again and again. Units are
 * strips, then matrices. Block: [b, strips, n, k, transposed].
 */
export function matmulStrips(block: usize, begin: u32, end: u32): void {
  const n = word(block, 2);
  const k = word(block, 3);
  const groups = (n + 7) >> 3;
  for (let unit = begin; unit < end; unit++) {
    const matrix = unit / groups;
    const column = (unit - matrix * groups) << 3;
    const from = address(block, 0) + (((<usize>matrix) * n * k) << 2);
    const to = address(block, 1) + (<usize>unit) * (((<usize>k) << 5));
    packRight(to, from, word(block, 4) != 0, n, k, column, n - column < 8 ? n - column : 8, 0, k);
  }
}

/** Rows [row, row + rows) of A over `depth` columns from `at`, padded with zero rows to a multiple of 6. */
export function packLeft(
  to: usize, a: usize, transposed: bool, m: u32, k: u32, row: u32, rows: u32, at: u32, depth: u32,
): void {
  for (let i: u32 = 0; i < rows; i += 6) {
    const height = rows - i;
    const strip = to + (((<usize>i) * depth) << 2);
    if (height < 6) {
      packLeftEdge(strip, a, transposed, m, k, row + i, height, at, depth);
    } else if (transposed) {
      let from = a + (((<usize>at) * m + row + i) << 2);
      const stride = (<usize>m) << 2;
      for (let p: u32 = 0, out = strip; p < depth; p++, out += 24, from += stride) {
        v128.store(out, v128.load(from));
        store<u64>(out, load<u64>(from, 16), 16);
      }
    } else {
      packSixRows(strip, a + (((<usize>(row + i)) * k + at) << 2), (<usize>k) << 2, depth);
    }
  }
}

/** Six rows `stride` bytes apart into a strip. */
export function packSixRows(out: usize, r0: usize, stride: usize, depth: u32): void {
  let r1 = r0 + stride, r2 = r1 + stride, r3 = r2 + stride, r4 = r3 + stride, r5 = r4 + stride;
  let p: u32 = 0;
  for (; p + 4 <= depth; p += 4) {
    const v0 = v128.load(r0), v1 = v128.load(r1), v2 = v128.load(r2), v3 = v128.load(r3);
    const v4 = v128.load(r4), v5 = v128.load(r5);
    const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5);
    const low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
    const low45 = v128.shuffle<f32>(v4, v5, 0, 4, 1, 5);
    const high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7);
    const high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
    const high45 = v128.shuffle<f32>(v4, v5, 2, 6, 3, 7);
    // Four columns of six words follow one another: 24 words, six whole vectors.
    v128.store(out, v128.shuffle<i64>(low01, low23, 0, 2));
    v128.store(out, v128.shuffle<i64>(low45, low01, 0, 3), 16);
    v128.store(out, v128.shuffle<i64>(low23, low45, 1, 3), 32);
    v128.store(out, v128.shuffle<i64>(high01, high23, 0, 2), 48);
    v128.store(out, v128.shuffle<i64>(high45, high01, 0, 3), 64);
    v128.store(out, v128.shuffle<i64>(high23, high45, 1, 3), 80);
    out += 96;
    r0 += 16, r1 += 16, r2 += 16, r3 += 16, r4 += 16, r5 += 16;
  }
  for (; p < depth; p++) {
    store<u32>(out, load<u32>(r0));
    store<u32>(out, load<u32>(r1), 4);
    store<u32>(out, load<u32>(r2), 8);
    store<u32>(out, load<u32>(r3), 12);
    store<u32>(out, load<u32>(r4), 16);
    store<u32>(out, load<u32>(r5), 20);
    out += 24;
    r0 += 4, r1 += 4, r2 += 4, r3 += 4, r4 += 4, r5 += 4;
  }
}

function packLeftEdge(
  strip: usize, a: usize, transposed: bool, m: u32, k: u32, row: u32, height: u32, at: u32, depth: u32,
): void {
  const alongRows: usize = transposed ? 4 : (<usize>k) << 2;
  const alongDepth: usize = transposed ? (<usize>m) << 2 : 4;
  const origin = a + (<usize>row) * alongRows + (<usize>at) * alongDepth;
  for (let r: u32 = 0; r < 6; r++) {
    let out = strip + ((<usize>r) << 2);
    if (r < height) {
      let from = origin + (<usize>r) * alongRows;
      for (let p: u32 = 0; p < depth; p++, out += 24, from += alongDepth) store<u32>(out, load<u32>(from));
    } else {
      for (let p: u32 = 0; p < depth; p++, out += 24) store<u32>(out, 0);
    }
  }
}

/** Columns [column, column + columns) of B over `depth` rows from `at`, padded with zero columns to a multiple of 8. */
export function packRight(
  to: usize, b: usize, transposed: bool, n: u32, k: u32, column: u32, columns: u32, at: u32, depth: u32,
): void {
  const whole = columns & ~7;
  if (transposed) {
    const stride = (<usize>k) << 2;
    for (let j: u32 = 0; j < whole; j += 8) {
      packEightRows(to + (((<usize>j) * depth) << 2), b + (((<usize>(column + j)) * k + at) << 2), stride, depth);
    }
  } else {
    packEightColumns(to, b + (((<usize>at) * n + column) << 2), (<usize>n) << 2, whole, depth);
  }
  if (whole < columns) {
    const alongColumns: usize = transposed ? (<usize>k) << 2 : 4;
    const alongDepth: usize = transposed ? 4 : (<usize>n) << 2;
    const strip = to + (((<usize>whole) * depth) << 2);
    const origin = b + (<usize>(column + whole)) * alongColumns + (<usize>at) * alongDepth;
    for (let c: u32 = 0; c < 8; c++) {
      let out = strip + ((<usize>c) << 2);
      if (whole + c < columns) {
        let from = origin + (<usize>c) * alongColumns;
        for (let p: u32 = 0; p < depth; p++, out += 32, from += alongDepth) store<u32>(out, load<u32>(from));
      } else {
        for (let p: u32 = 0; p < depth; p++, out += 32) store<u32>(out, 0);
      }
    }
  }
}

/** Columns whose strips are written at once: where depth is a power of two, lines of more would meet in one set of the cache. */
const GROUP: u32 = 64;

/** Four rows of B at a time, read along a group of columns, into the strips. */
function packEightColumns(to: usize, from: usize, stride: usize, columns: u32, depth: u32): void {
  const step = (<usize>depth) << 5;
  for (let first: u32 = 0; first < columns; first += GROUP) {
    const width = columns - first < GROUP ? columns - first : GROUP;
    const strips = to + (<usize>(first >> 3)) * step;
    let row = from + ((<usize>first) << 2);
    let p: u32 = 0;
    for (; p + 4 <= depth; p += 4, row += stride << 2) {
      let r0 = row, r1 = r0 + stride, r2 = r1 + stride, r3 = r2 + stride;
      let out = strips + ((<usize>p) << 5);
      for (let j: u32 = 0; j < width; j += 8) {
        v128.store(out, v128.load(r0));
        v128.store(out, v128.load(r0, 16), 16);
        v128.store(out, v128.load(r1), 32);
        v128.store(out, v128.load(r1, 16), 48);
        v128.store(out, v128.load(r2), 64);
        v128.store(out, v128.load(r2, 16), 80);
        v128.store(out, v128.load(r3), 96);
        v128.store(out, v128.load(r3, 16), 112);
        out += step;
        r0 += 32, r1 += 32, r2 += 32, r3 += 32;
      }
    }
    for (; p < depth; p++, row += stride) {
      let out = strips + ((<usize>p) << 5);
      for (let j: u32 = 0, at = row; j < width; j += 8, at += 32, out += step) {
        v128.store(out, v128.load(at));
        v128.store(out, v128.load(at, 16), 16);
      }
    }
  }
}

/** Four columns of four rows, as v0 to v3, written 32 bytes apart. */
// @ts-ignore: decorator
@inline
function storeTransposed(out: usize, v0: v128, v1: v128, v2: v128, v3: v128): void {
  const low01 = v128.shuffle<f32>(v0, v1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(v2, v3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(v0, v1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(v2, v3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(out, v128.shuffle<i64>(low01, low23, 1, 3), 32);
  v128.store(out, v128.shuffle<i64>(high01, high23, 0, 2), 64);
  v128.store(out, v128.shuffle<i64>(high01, high23, 1, 3), 96);
}

/** Eight rows of a transposed B, `stride` bytes apart, into one strip. */
function packEightRows(out: usize, r0: usize, stride: usize, depth: u32): void {
  let r1 = r0 + stride, r2 = r1 + stride, r3 = r2 + stride;
  let r4 = r3 + stride, r5 = r4 + stride, r6 = r5 + stride, r7 = r6 + stride;
  let p: u32 = 0;
  for (; p + 4 <= depth; p += 4) {
    storeTransposed(out, v128.load(r0), v128.load(r1), v128.load(r2), v128.load(r3));
    storeTransposed(out + 16, v128.load(r4), v128.load(r5), v128.load(r6), v128.load(r7));
    out += 128;
    r0 += 16, r1 += 16, r2 += 16, r3 += 16, r4 += 16, r5 += 16, r6 += 16, r7 += 16;
  }
  for (; p < depth; p++) {
    store<u32>(out, load<u32>(r0));
    store<u32>(out, load<u32>(r1), 4);
    store<u32>(out, load<u32>(r2), 8);
    store<u32>(out, load<u32>(r3), 12);
    store<u32>(out, load<u32>(r4), 16);
    store<u32>(out, load<u32>(r5), 20);
    store<u32>(out, load<u32>(r6), 24);
    store<u32>(out, load<u32>(r7), 28);
    out += 32;
    r0 += 4, r1 += 4, r2 += 4, r3 += 4, r4 += 4, r5 += 4, r6 += 4, r7 += 4;
  }
}
