// Trees over blocks of rows: a tree's nodes and a block's rows stay in L1 while the block walks the tree, eight rows at a
// time, since a step waits some twenty cycles for its loads and other rows' steps fill them. A leaf leads to itself, so rows
// that are there wait without a branch.
import { address, word } from "../runtime/vector.wasm";

/**
 * Nodes as the walk reads them: threshold, byte offset of the column, byte offsets of both children. A node that is no
 * valid split becomes a leaf. Units are nodes. Block: [splits, thresholds, to, nodes, columns].
 */
export function treePredictPack(block: usize, begin: u32, end: u32): void {
  const nodes = word(block, 3);
  const columns = word(block, 4);
  for (let node = begin; node < end; node++) {
    const from = address(block, 0) + ((<usize>node) << 4);
    const to = address(block, 2) + ((<usize>node) << 4);
    const column = load<u32>(from);
    const left = load<u32>(from, 8);
    const right = load<u32>(from, 12);
    const splits = column < columns && left < nodes && right < nodes && left != node && right != node;
    store<u32>(to, load<u32>(address(block, 1) + ((<usize>node) << 2)));
    store<u32>(to, splits ? column << 2 : 0, 4);
    store<u32>(to, (splits ? left : node) << 4, 8);
    store<u32>(to, (splits ? right : node) << 4, 12);
  }
}

// @ts-ignore: decorator
@inline
function step(packed: usize, node: u32, row: usize): u32 {
  const at = packed + node;
  const left = <usize>(load<f32>(row + load<u32>(at, 4)) <= load<f32>(at));
  return load<u32>(at - (left << 2), 12);
}

/** A step of a row with missing values. `flags` lie as far apart as packed nodes. */
// @ts-ignore: decorator
@inline
function stepMissing(packed: usize, flags: usize, node: u32, row: usize): u32 {
  const at = packed + node;
  const value = load<f32>(row + load<u32>(at, 4));
  const left = (<u32>(value <= load<f32>(at))) | (<u32>(value != value) & load<u32>(flags + node));
  return load<u32>(at - ((<usize>left) << 2), 12);
}

/** A step where columns may hold categories. `words` is the size of `categories`: no set is read past it. */
function stepCategory(packed: usize, flags: usize, node: u32, row: usize, categories: usize, words: u32): u32 {
  const own = load<u32>(flags + node);
  if (!(own & 2)) return stepMissing(packed, flags, node, row);
  const value = load<f32>(row + load<u32>(packed + node, 4));
  let left = own & 1;
  if (value == value) {
    const set = own >> 2;
    left = 0;
    // 2^32 - 256 is the largest f32 below 2^32.
    if (value >= 0 && value <= 4294967040.0 && set < words) {
      const category = <u32>value;
      const place = category >> 5;
      const size = load<u32>(categories + ((<usize>set) << 2));
      if (place < size && place < words - set - 1)
        left = (load<u32>(categories + ((<usize>(set + 1 + place)) << 2)) >> (category & 31)) & 1;
    }
  }
  return load<u32>(packed + node - ((<usize>left) << 2), 12);
}

// @ts-ignore: decorator
@inline
function addLeaf(to: usize, values: usize, node: u32, width: u32): void {
  const from = values + (<usize>(node >> 4) * width << 2);
  for (let k: usize = 0; k < (<usize>width) << 2; k += 4) store<f32>(to + k, load<f32>(to + k) + load<f32>(from + k));
}

/** True when any of the words from x to end is NaN. */
function hasMissing(x: usize, end: usize): bool {
  let missing = i32x4.splat(0);
  for (; x + 16 <= end; x += 16) {
    const values = v128.load(x);
    missing = v128.or(missing, f32x4.ne(values, values));
  }
  let any = v128.any_true(missing);
  for (; x < end; x += 4) any = any || load<f32>(x) != load<f32>(x);
  return any;
}

/**
 * Units are blocks of rows. Block: [x, packed, splits, values, roots, categories, to, rows, columns, nodes, trees, width,
 * groups, words, depth, rows a block].
 */
export function treePredictRows(block: usize, begin: u32, end: u32): void {
  const packed = address(block, 1);
  const flags = address(block, 2) + 4;
  const values = address(block, 3);
  const categories = address(block, 5);
  const rows = word(block, 7);
  const stride = (<usize>word(block, 8)) << 2;
  const nodes = word(block, 9);
  const trees = word(block, 10);
  const width = word(block, 11);
  const groups = word(block, 12);
  const words = word(block, 13);
  const depth = word(block, 14);
  const size = word(block, 15);
  const outStride = (<usize>(groups * width)) << 2;
  for (let unit = begin; unit < end; unit++) {
    const first = unit * size;
    const count = min(size, rows - first);
    const x = address(block, 0) + <usize>first * stride;
    const out = address(block, 6) + <usize>first * outStride;
    memory.fill(out, 0, <usize>count * outStride);
    const missing = hasMissing(x, x + <usize>count * stride);
    let group: u32 = 0;
    for (let tree: u32 = 0; tree < trees; tree++) {
      const root = load<u32>(address(block, 4) + ((<usize>tree) << 2));
      const skip = (<usize>(group * width)) << 2;
      if (++group == groups) group = 0;
      if (root >= nodes) continue;
      const start = root << 4;
      let to = out + skip;
      let row = x;
      let left = count;
      if (words == 0) {
        for (; left >= 8; left -= 8) {
          const r1 = row + stride, r2 = r1 + stride, r3 = r2 + stride;
          const r4 = r3 + stride, r5 = r4 + stride, r6 = r5 + stride, r7 = r6 + stride;
          let n0 = start, n1 = start, n2 = start, n3 = start, n4 = start, n5 = start, n6 = start, n7 = start;
          if (missing) {
            for (let level: u32 = 0; level < depth; level++) {
              const m0 = stepMissing(packed, flags, n0, row), m1 = stepMissing(packed, flags, n1, r1);
              const m2 = stepMissing(packed, flags, n2, r2), m3 = stepMissing(packed, flags, n3, r3);
              const m4 = stepMissing(packed, flags, n4, r4), m5 = stepMissing(packed, flags, n5, r5);
              const m6 = stepMissing(packed, flags, n6, r6), m7 = stepMissing(packed, flags, n7, r7);
              const moved = (m0 ^ n0) | (m1 ^ n1) | (m2 ^ n2) | (m3 ^ n3) | (m4 ^ n4) | (m5 ^ n5) | (m6 ^ n6) | (m7 ^ n7);
              n0 = m0; n1 = m1; n2 = m2; n3 = m3; n4 = m4; n5 = m5; n6 = m6; n7 = m7;
              if (!moved) break;
            }
          } else {
            for (let level: u32 = 0; level < depth; level++) {
              const m0 = step(packed, n0, row), m1 = step(packed, n1, r1), m2 = step(packed, n2, r2);
              const m3 = step(packed, n3, r3), m4 = step(packed, n4, r4), m5 = step(packed, n5, r5);
              const m6 = step(packed, n6, r6), m7 = step(packed, n7, r7);
              const moved = (m0 ^ n0) | (m1 ^ n1) | (m2 ^ n2) | (m3 ^ n3) | (m4 ^ n4) | (m5 ^ n5) | (m6 ^ n6) | (m7 ^ n7);
              n0 = m0; n1 = m1; n2 = m2; n3 = m3; n4 = m4; n5 = m5; n6 = m6; n7 = m7;
              if (!moved) break;
            }
          }
          addLeaf(to, values, n0, width);
          addLeaf(to + outStride, values, n1, width);
          addLeaf(to + 2 * outStride, values, n2, width);
          addLeaf(to + 3 * outStride, values, n3, width);
          addLeaf(to + 4 * outStride, values, n4, width);
          addLeaf(to + 5 * outStride, values, n5, width);
          addLeaf(to + 6 * outStride, values, n6, width);
          addLeaf(to + 7 * outStride, values, n7, width);
          row = r7 + stride;
          to += 8 * outStride;
        }
      }
      for (; left > 0; left--, row += stride, to += outStride) {
        let node = start;
        for (let level: u32 = 0; level < depth; level++) {
          const next = words == 0 ? stepMissing(packed, flags, node, row) : stepCategory(packed, flags, node, row, categories, words);
          if (next == node) break;
          node = next;
        }
        addLeaf(to, values, node, width);
      }
    }
  }
}
