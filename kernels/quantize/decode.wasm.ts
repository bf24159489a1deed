// Codes of quantised weights as f32, a block of 32 at a time: dequantised rows for the op, and panels for the packed product.
import { threadArena } from "../runtime/program.wasm";
import { packRight } from "../matmul/pack.wasm";
import { address, word } from "../runtime/vector.wasm";

// Words of every quantised kernel's block behind the fifteen of matmulPacked, whose b are the codes.
export const BITS: u32 = 15;
export const GROUP_BLOCKS: u32 = 16; // blocks of 32 a group
export const SCALES: u32 = 17;
export const ZEROS: u32 = 18;
export const GROUPS: u32 = 19; // groups a row

/** Behind the widest panel of B (480 columns of 512): eight rows of 512 floats. */
const TURNED: usize = 256 + (96 + 480) * 512 * 4;

/** Sixteen bytes of 15, then of 1: V8 would build constants anew at each use in a loop. */
const bytes: usize = memory.data<u8>(
  [15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  16,
);
// @ts-ignore: decorator
@inline
export function halfMask(): v128 {
  return v128.load(bytes);
}
// @ts-ignore: decorator
@inline
export function oneBytes(): v128 {
  return v128.load(bytes, 16);
}

/** Eight 16-bit codes times `scale`. */
// @ts-ignore: decorator
@inline
function storeEight(to: usize, codes: v128, scale: v128): void {
  v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(codes)), scale));
  v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(codes)), scale), 16);
}

/** Bytes of one row of codes. */
// @ts-ignore: decorator
@inline
export function rowBytes(block: usize): usize {
  return (<usize>(word(block, GROUPS) * word(block, GROUP_BLOCKS) * word(block, BITS))) << 2;
}

/** Zero point `group` of a row whose first is in the lower half of the byte at `zeros`. */
// @ts-ignore: decorator
@inline
export function zeroPoint(zeros: usize, group: u32): u32 {
  return (load<u8>(zeros + (group >> 1)) >> ((group & 1) << 2)) & 15;
}

/** Address of a row's zero points. */
// @ts-ignore: decorator
@inline
export function zerosOf(block: usize, row: u32): usize {
  return address(block, ZEROS) + (((<usize>row) * ((word(block, GROUPS) + 7) >> 3)) << 2);
}

/** Blocks [first, last) of a row of weights, 32 floats each, to `to`. */
export function dequantizeBlocks(to: usize, block: usize, row: u32, first: u32, last: u32): void {
  const bits = word(block, BITS);
  const groupBlocks = word(block, GROUP_BLOCKS);
  const scales = address(block, SCALES) + (((<usize>row) * word(block, GROUPS)) << 2);
  const zeros = zerosOf(block, row);
  let codes = address(block, 1) + (<usize>row) * rowBytes(block) + (<usize>first) * (bits << 2);
  const half = halfMask();
  while (first < last) {
    const group = first / groupBlocks;
    let stop = (group + 1) * groupBlocks;
    if (stop > last) stop = last;
    const scale = v128.load32_splat(scales + ((<usize>group) << 2));
    if (bits == 8) {
      for (; first < stop; first++, codes += 32, to += 128) {
        storeEight(to, v128.load_ext<i8>(codes), scale);
        storeEight(to + 32, v128.load_ext<i8>(codes, 8), scale);
        storeEight(to + 64, v128.load_ext<i8>(codes, 16), scale);
        storeEight(to + 96, v128.load_ext<i8>(codes, 24), scale);
      }
    } else {
      const zero = i8x16.splat(<i8>zeroPoint(zeros, group));
      for (; first < stop; first++, codes += 16, to += 128) {
        const pairs = v128.load(codes);
        const low = i8x16.sub(v128.and(pairs, half), zero);
        const high = i8x16.sub(v128.and(i16x8.shr_u(pairs, 4), half), zero);
        storeEight(to, i16x8.extend_low_i8x16_s(low), scale);
        storeEight(to + 32, i16x8.extend_high_i8x16_s(low), scale);
        storeEight(to + 64, i16x8.extend_low_i8x16_s(high), scale);
        storeEight(to + 96, i16x8.extend_high_i8x16_s(high), scale);
      }
    }
  }
}

/** As packRight: weights of outputs [column, column + columns) at depths from `at`, in strips of eight. */
export function packQuantized(to: usize, block: usize, column: u32, columns: u32, at: u32, depth: u32): void {
  const turned = threadArena() + TURNED;
  const last = (at + depth + 31) >> 5;
  const stride = (last << 5) - at;
  for (let j: u32 = 0; j < columns; j += 8) {
    const width = columns - j < 8 ? columns - j : 8;
    for (let i: u32 = 0; i < width; i++) {
      dequantizeBlocks(turned + (((<usize>i) * stride) << 2), block, column + j + i, at >> 5, last);
    }
    packRight(to + (((<usize>j) * depth) << 2), turned, true, 8, stride, 0, width, 0, depth);
  }
}

/** Units are rows. Block: word 3 the result, word 6 its columns, and the words of quantised kernels. */
export function dequantizeRows(block: usize, begin: u32, end: u32): void {
  const columns = word(block, 6);
  const whole = columns >> 5;
  const rest = columns & 31;
  for (let row = begin; row < end; row++) {
    const to = address(block, 3) + (((<usize>row) * columns) << 2);
    dequantizeBlocks(to, block, row, 0, whole);
    if (rest) {
      dequantizeBlocks(threadArena(), block, row, whole, whole + 1);
      memory.copy(to + ((<usize>whole) << 7), threadArena(), (<usize>rest) << 2);
    }
  }
}
