// Half precision on four lanes, by integers but for one exact addition and one exact product. A map holds f16 as f32 lanes
// that are f16 numbers: rounded when made if the chain reads them, and packed, which rounds as well, when stored.
import { choose } from "../runtime/vector.wasm";

// prettier-ignore
const table: usize = memory.data<u32>([
  0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff, // 0: all but the sign
  0x38800000, 0x38800000, 0x38800000, 0x38800000, // 16: 2^-14, the smallest normal number
  0x3f000000, 0x3f000000, 0x3f000000, 0x3f000000, // 32: one half, beside which the last bit is worth 2^-24
  0x00000fff, 0x00000fff, 0x00000fff, 0x00000fff, // 48: just below half of a kept bit
  0x00000001, 0x00000001, 0x00000001, 0x00000001, // 64
  0xffffe000, 0xffffe000, 0xffffe000, 0xffffe000, // 80: the bits that are kept
  0x477fe000, 0x477fe000, 0x477fe000, 0x477fe000, // 96: 65504, the largest number
  0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000, // 112: infinity
  0x7fc00000, 0x7fc00000, 0x7fc00000, 0x7fc00000, // 128: NaN
  0x0001c000, 0x0001c000, 0x0001c000, 0x0001c000, // 144: difference of the exponents' biases
  0x00007c00, 0x00007c00, 0x00007c00, 0x00007c00, // 160: infinity in 16 bits
  0x00000200, 0x00000200, 0x00000200, 0x00000200, // 176: NaN's bit
  0x00007fff, 0x00007fff, 0x00007fff, 0x00007fff, // 192
  0x77800000, 0x77800000, 0x77800000, 0x77800000, // 208: 2^112
  0x00007bff, 0x00007bff, 0x00007bff, 0x00007bff, // 224: 65504 in 16 bits
], 16);

/** The nearest f16 number, halves to the even one, from 65520 on infinity; NaN is 0x7fc00000. */
export function map_roundHalf(x: v128): v128 {
  const infinity = v128.load(table, 112);
  const half = v128.load(table, 32);
  const size = v128.and(x, v128.load(table));
  const small = f32x4.sub(f32x4.add(size, half), half);
  const odd = v128.and(i32x4.shr_u(size, 13), v128.load(table, 64));
  const raised = i32x4.add(i32x4.add(size, v128.load(table, 48)), odd);
  let rounded = v128.and(raised, v128.load(table, 80));
  rounded = choose(infinity, rounded, i32x4.gt_s(rounded, v128.load(table, 96)));
  rounded = choose(small, rounded, i32x4.lt_s(size, v128.load(table, 16)));
  rounded = choose(v128.load(table, 128), rounded, i32x4.gt_s(size, infinity));
  return v128.or(rounded, v128.xor(x, size));
}

/** The 16 bits of the nearest f16 numbers, as map_roundHalf rounds; NaN is 0x7e00. */
export function map_packHalf(x: v128): v128 {
  const half = v128.load(table, 32);
  const size = v128.and(x, v128.load(table));
  const odd = v128.and(i32x4.shr_u(size, 13), v128.load(table, 64));
  const raised = i32x4.add(i32x4.add(size, v128.load(table, 48)), odd);
  const normal = i32x4.sub(i32x4.shr_u(raised, 13), v128.load(table, 144));
  const small = i32x4.sub(f32x4.add(size, half), half);
  const finite = choose(small, i32x4.min_s(normal, v128.load(table, 160)), i32x4.lt_s(size, v128.load(table, 16)));
  const extra = v128.and(i32x4.gt_s(size, v128.load(table, 112)), v128.load(table, 176));
  return v128.or(v128.or(finite, extra), i32x4.shr_u(v128.xor(x, size), 16));
}

/** The numbers of 16 bits each. */
export function map_unpackHalf(x: v128): v128 {
  const size = v128.and(x, v128.load(table, 192));
  const finite = f32x4.mul(i32x4.shl(size, 13), v128.load(table, 208));
  const special = v128.and(i32x4.gt_s(size, v128.load(table, 224)), v128.load(table, 112));
  return v128.or(v128.or(finite, special), i32x4.shl(v128.xor(x, size), 16));
}
