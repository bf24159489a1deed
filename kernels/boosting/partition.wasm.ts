// Rows of a node put to the sides of its split, each in the order they had; and scores moved by leaves.
import { address, word } from "../runtime/vector.wasm";

/** Rows of a unit of a partition. */
const ROWS: u32 = 16384;

/**
 * A unit's left rows go to the start of its stretch of `order`, the right ones to that of `right`; their number goes to
 * `counts`. Block: [order, from, to, the column's bins u8, sides u8 by bin (1: left), right, counts].
 */
export function boostingPartition(block: usize, begin: u32, end: u32): void {
  const bins = address(block, 3);
  const sides = address(block, 4);
  for (let unit = begin; unit < end; unit++) {
    const first = word(block, 1) + unit * ROWS;
    const last = min(first + ROWS, word(block, 2));
    let left = address(block, 0) + ((<usize>first) << 2);
    let right = address(block, 5) + ((<usize>first) << 2);
    const start = left;
    for (let at = left, stop = address(block, 0) + ((<usize>last) << 2); at < stop; at += 4) {
      const row = load<u32>(at);
      const side = <usize>load<u8>(sides + load<u8>(bins + row)) << 2;
      store<u32>(left, row);
      store<u32>(right, row);
      left += side;
      right += 4 - side;
    }
    store<u32>(address(block, 6) + ((<usize>unit) << 2), <u32>((left - start) >> 2));
  }
}

/** Joins the stretches of a partition: left rows close up, right ones follow; gives no more than that. One unit. Block as above. */
export function boostingJoin(block: usize, begin: u32, end: u32): void {
  const from = word(block, 1);
  const size = word(block, 2) - from;
  const units = (size + ROWS - 1) / ROWS;
  const order = address(block, 0) + ((<usize>from) << 2);
  const right = address(block, 5) + ((<usize>from) << 2);
  const counts = address(block, 6);
  let to = order;
  for (let unit: u32 = 0; unit < units; unit++) {
    const bytes = (<usize>load<u32>(counts + ((<usize>unit) << 2))) << 2;
    const own = order + ((<usize>(unit * ROWS)) << 2);
    if (own != to) memory.copy(to, own, bytes);
    to += bytes;
  }
  for (let unit: u32 = 0; unit < units; unit++) {
    const rows = min(ROWS, size - unit * ROWS);
    const bytes = (<usize>(rows - load<u32>(counts + ((<usize>unit) << 2)))) << 2;
    memory.copy(to, right + ((<usize>(unit * ROWS)) << 2), bytes);
    to += bytes;
  }
}

/** Units are leaves. Block: [order, scores f64 of the group, leaves [units, 4]: from, to, value f64]. */
export function boostingAddLeaves(block: usize, begin: u32, end: u32): void {
  const scores = address(block, 1);
  for (let unit = begin; unit < end; unit++) {
    const leaf = address(block, 2) + ((<usize>unit) << 4);
    const value = load<f64>(leaf, 8);
    const stop = address(block, 0) + ((<usize>load<u32>(leaf, 4)) << 2);
    for (let at = address(block, 0) + ((<usize>load<u32>(leaf)) << 2); at < stop; at += 4) {
      const score = scores + ((<usize>load<u32>(at)) << 3);
      store<f64>(score, load<f64>(score) + value);
    }
  }
}

/**
 * Adds to rows that were not put to sides the value of the leaf that they reach by their bins. Units are rows. Block: [rows
 * i32, bins u8 [all, stride], stride, nodes [n, 272 bytes], scores f64 of the group]. A node: column, left child (the right one
 * follows; 0: a leaf), value f64, and 256 sides by bin.
 */
export function boostingWalk(block: usize, begin: u32, end: u32): void {
  const nodes = address(block, 3);
  for (let unit = begin; unit < end; unit++) {
    const row = <usize>load<u32>(address(block, 0) + ((<usize>unit) << 2));
    const bins = address(block, 1) + row * <usize>word(block, 2);
    let node = nodes;
    for (let left = load<u32>(node, 4); left != 0; left = load<u32>(node, 4)) {
      const side = load<u8>(node + <usize>load<u8>(bins + <usize>load<u32>(node)), 16);
      node = nodes + <usize>(left + 1 - <u32>side) * 272;
    }
    const score = address(block, 4) + (row << 3);
    store<f64>(score, load<f64>(score) + load<f64>(node, 8));
  }
}
