// Threefry-2x32-20 on four counters at a time. Element i depends on the key and i alone.
import { logLanes } from "../map/scalar.wasm";
import { cosineOfTurns } from "../map/periodic.wasm";
import { threadArena } from "../runtime/program.wasm";
import { address, storeLanes, word } from "../runtime/vector.wasm";

/** Elements of a unit. */
const UNIT: u32 = 1024;

// @ts-ignore: decorator
@inline
function rotate(x: v128, by: i32): v128 {
  return v128.or(i32x4.shl(x, by), i32x4.shr_u(x, 32 - by));
}

// @ts-ignore: decorator
@inline
function mix(x0: v128, x1: v128, by: i32): v128 {
  return v128.xor(rotate(x1, by), x0);
}

/** Four blocks: their first words go to `to`, their second words behind them. */
// @ts-ignore: decorator
@inline
function blocksTo(to: usize, key0: v128, key1: v128, c0: v128, c1: v128): void {
  const key2 = v128.xor(v128.xor(key0, key1), i32x4.splat(0x1bd11bda));
  let x0 = i32x4.add(c0, key0);
  let x1 = i32x4.add(c1, key1);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 13);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 15);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 26);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 6);
  x0 = i32x4.add(x0, key1), x1 = i32x4.add(i32x4.add(x1, key2), i32x4.splat(1));
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 17);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 29);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 16);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 24);
  x0 = i32x4.add(x0, key2), x1 = i32x4.add(i32x4.add(x1, key0), i32x4.splat(2));
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 13);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 15);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 26);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 6);
  x0 = i32x4.add(x0, key0), x1 = i32x4.add(i32x4.add(x1, key1), i32x4.splat(3));
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 17);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 29);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 16);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 24);
  x0 = i32x4.add(x0, key1), x1 = i32x4.add(i32x4.add(x1, key2), i32x4.splat(4));
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 13);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 15);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 26);
  x0 = i32x4.add(x0, x1), x1 = mix(x0, x1, 6);
  x0 = i32x4.add(x0, key2), x1 = i32x4.add(i32x4.add(x1, key0), i32x4.splat(5));
  v128.store(to, x0);
  v128.store(to, x1, 16);
}

/** f32 in [0, 1): the upper 23 bits times 2^-23, which is exact. */
// @ts-ignore: decorator
@inline
function uniformOf(bits: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(bits, 9)), f32x4.splat(1.1920928955078125e-7));
}

/** Stores what of four elements at `at` lies before `count`. */
// @ts-ignore: decorator
@inline
function storeUpTo(to: usize, at: u32, count: u32, value: v128): void {
  if (at + 4 <= count) v128.store(to + ((<usize>at) << 2), value);
  else if (at < count) storeLanes(to + ((<usize>at) << 2), value, count - at);
}

/** Units are 1024 elements, words of the blocks in turn. Block: [key, to, count, 1 for uniform f32 instead of bits]. */
export function randomWords(block: usize, begin: u32, end: u32): void {
  const key = address(block, 0);
  const key0 = v128.load32_splat(key);
  const key1 = v128.load32_splat(key, 4);
  const to = address(block, 1);
  const uniform = word(block, 3);
  let count = word(block, 2);
  if (end * UNIT < count) count = end * UNIT;
  const pair = threadArena();
  for (let at = begin * UNIT; at < count; at += 8) {
    const counters = i32x4.add(i32x4.splat(at >>> 1), i32x4(0, 1, 2, 3));
    blocksTo(pair, key0, key1, counters, i32x4.splat(0));
    const x0 = v128.load(pair);
    const x1 = v128.load(pair, 16);
    let low = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
    let high = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
    if (uniform) {
      low = uniformOf(low);
      high = uniformOf(high);
    }
    storeUpTo(to, at, count, low);
    storeUpTo(to, at + 4, count, high);
  }
}

/** Units are 1024 normal elements by Box and Muller on the block of counter (i, 1). Block: [key, to, count]. */
export function randomNormal(block: usize, begin: u32, end: u32): void {
  const key = address(block, 0);
  const key0 = v128.load32_splat(key);
  const key1 = v128.load32_splat(key, 4);
  const to = address(block, 1);
  let count = word(block, 2);
  if (end * UNIT < count) count = end * UNIT;
  const pair = threadArena();
  for (let at = begin * UNIT; at < count; at += 4) {
    const counters = i32x4.add(i32x4.splat(at), i32x4(0, 1, 2, 3));
    blocksTo(pair, key0, key1, counters, i32x4.splat(1));
    const u1 = f32x4.sub(f32x4.splat(1), uniformOf(v128.load(pair)));
    const u2 = uniformOf(v128.load(pair, 16));
    const radius = f32x4.sqrt(f32x4.mul(f32x4.splat(-2), logLanes(u1)));
    storeUpTo(to, at, count, f32x4.mul(radius, cosineOfTurns(u2)));
  }
}
