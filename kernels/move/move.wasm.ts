// Ops that move 32-bit words: rows copied between strided blocks, matrices transposed by 4 x 4 tiles in registers, fills.
import { copyRow, fillRow } from "../gather/gather.wasm";
import { address, word } from "../runtime/vector.wasm";

/** Units are 4096 words. Block: [from, to, words]. */
export function copyWords(block: usize, begin: u32, end: u32): void {
  const words = word(block, 2);
  const first = begin << 12;
  const last = end << 12 < words ? end << 12 : words;
  const at = (<usize>first) << 2;
  memory.copy(address(block, 1) + at, address(block, 0) + at, (<usize>(last - first)) << 2);
}

/** Units are 4096 words. Block: [to, words, value]. */
export function fillWords(block: usize, begin: u32, end: u32): void {
  const words = word(block, 1);
  const first = begin << 12;
  const last = end << 12 < words ? end << 12 : words;
  fillRow(address(block, 0) + ((<usize>first) << 2), i32x4.splat(word(block, 2)), last - first);
}

/**
 * Units are rows of `width` words that lie together on both sides, walked over outer axes. Block: [from, to, width, rank,
 * then for each axis, outermost first: size, bytes between its places in `from`, in `to`].
 */
export function moveRows(block: usize, begin: u32, end: u32): void {
  const width = word(block, 2);
  const rank = word(block, 3);
  const axes = block + 16;
  for (let unit = begin; unit < end; unit++) {
    let from = address(block, 0);
    let to = address(block, 1);
    let rest = unit;
    for (let axis = <i32>rank - 1; axis >= 0; axis--) {
      const at = axes + <usize>axis * 12;
      const size = load<u32>(at);
      const outer = rest / size;
      const here = <usize>(rest - outer * size);
      from += here * load<u32>(at, 4);
      to += here * load<u32>(at, 8);
      rest = outer;
    }
    copyRow(to, from, width);
  }
}

/**
 * Units are bands of 16 rows of the output of one matrix: out[i][j] = in[j][i], over outer axes. Block: [from, to, rows and
 * columns of the output, bytes between rows of `from` and of `to`, rank, then the outer axes as for moveRows].
 */
export function transposeTiles(block: usize, begin: u32, end: u32): void {
  const rows = word(block, 2);
  const columns = word(block, 3);
  const fromStride = <usize>word(block, 4);
  const toStride = <usize>word(block, 5);
  const rank = word(block, 6);
  const axes = block + 28;
  const bands = (rows + 15) >> 4;
  for (let unit = begin; unit < end; unit++) {
    let rest = unit / bands;
    const first = (unit - rest * bands) << 4;
    const last = first + 16 < rows ? first + 16 : rows;
    let from = address(block, 0);
    let to = address(block, 1);
    for (let axis = <i32>rank - 1; axis >= 0; axis--) {
      const at = axes + <usize>axis * 12;
      const size = load<u32>(at);
      const outer = rest / size;
      const here = <usize>(rest - outer * size);
      from += here * load<u32>(at, 4);
      to += here * load<u32>(at, 8);
      rest = outer;
    }
    transposeBand(from, to, first, last, columns, fromStride, toStride);
  }
}

function transposeBand(
  from: usize, to: usize, first: u32, last: u32, columns: u32, fromStride: usize, toStride: usize,
): void {
  const wholeColumns = columns & ~3;
  const wholeRows = first + ((last - first) & ~3);
  // Blocks of 16 columns: whole cache lines of the output are written while they are near (5 to 20 GB/s at 2048 x 2048).
  for (let block: u32 = 0; block < wholeColumns; block += 16) {
    const end = block + 16 < wholeColumns ? block + 16 : wholeColumns;
    for (let i = first; i < wholeRows; i += 4) {
      for (let j = block; j < end; j += 4) {
        const r0 = from + (<usize>j) * fromStride + ((<usize>i) << 2);
        const r1 = r0 + fromStride, r2 = r1 + fromStride, r3 = r2 + fromStride;
        const v0 = v128.load(r0), v1 = v128.load(r1), v2 = v128.load(r2), v3 = v128.load(r3);
        const low01 = v128.shuffle<i32>(v0, v1, 0, 4, 1, 5);
        const low23 = v128.shuffle<i32>(v2, v3, 0, 4, 1, 5);
        const high01 = v128.shuffle<i32>(v0, v1, 2, 6, 3, 7);
        const high23 = v128.shuffle<i32>(v2, v3, 2, 6, 3, 7);
        let out = to + (<usize>i) * toStride + ((<usize>j) << 2);
        v128.store(out, v128.shuffle<i64>(low01, low23, 0, 2));
        out += toStride;
        v128.store(out, v128.shuffle<i64>(low01, low23, 1, 3));
        out += toStride;
        v128.store(out, v128.shuffle<i64>(high01, high23, 0, 2));
        out += toStride;
        v128.store(out, v128.shuffle<i64>(high01, high23, 1, 3));
      }
    }
  }
  for (let i = first; i < last; i++) {
    const out = to + (<usize>i) * toStride;
    const in_ = from + ((<usize>i) << 2);
    for (let j = i < wholeRows ? wholeColumns : 0; j < columns; j++) {
      store<u32>(out + ((<usize>j) << 2), load<u32>(in_ + (<usize>j) * fromStride));
    }
  }
}
