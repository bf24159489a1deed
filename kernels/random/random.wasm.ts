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

/**
 * Sixteen blocks of counters (c, second) to (c + 12, second): the first words of four go to `to`, their second words behind
 * them, and so on. Four chains side by side, since one is bound by its latency.
 */
// @ts-ignore: decorator
@inline
function blocksTo(to: usize, key0: v128, key1: v128, counters: v128, second: v128): void {
  const key2 = v128.xor(v128.xor(key0, key1), i32x4.splat(0x1bd11bda));
  let x0 = i32x4.add(counters, key0), x1 = i32x4.add(second, key1);
  let y0 = i32x4.add(x0, i32x4.splat(4)), y1 = x1;
  let z0 = i32x4.add(x0, i32x4.splat(8)), z1 = x1;
  let w0 = i32x4.add(x0, i32x4.splat(12)), w1 = x1;
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 13), y1 = mix(y0, y1, 13), z1 = mix(z0, z1, 13), w1 = mix(w0, w1, 13);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 15), y1 = mix(y0, y1, 15), z1 = mix(z0, z1, 15), w1 = mix(w0, w1, 15);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 26), y1 = mix(y0, y1, 26), z1 = mix(z0, z1, 26), w1 = mix(w0, w1, 26);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 6), y1 = mix(y0, y1, 6), z1 = mix(z0, z1, 6), w1 = mix(w0, w1, 6);
  const step1 = i32x4.add(key2, i32x4.splat(1));
  x0 = i32x4.add(x0, key1), y0 = i32x4.add(y0, key1), z0 = i32x4.add(z0, key1), w0 = i32x4.add(w0, key1);
  x1 = i32x4.add(x1, step1), y1 = i32x4.add(y1, step1), z1 = i32x4.add(z1, step1), w1 = i32x4.add(w1, step1);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 17), y1 = mix(y0, y1, 17), z1 = mix(z0, z1, 17), w1 = mix(w0, w1, 17);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 29), y1 = mix(y0, y1, 29), z1 = mix(z0, z1, 29), w1 = mix(w0, w1, 29);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 16), y1 = mix(y0, y1, 16), z1 = mix(z0, z1, 16), w1 = mix(w0, w1, 16);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 24), y1 = mix(y0, y1, 24), z1 = mix(z0, z1, 24), w1 = mix(w0, w1, 24);
  const step2 = i32x4.add(key0, i32x4.splat(2));
  x0 = i32x4.add(x0, key2), y0 = i32x4.add(y0, key2), z0 = i32x4.add(z0, key2), w0 = i32x4.add(w0, key2);
  x1 = i32x4.add(x1, step2), y1 = i32x4.add(y1, step2), z1 = i32x4.add(z1, step2), w1 = i32x4.add(w1, step2);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 13), y1 = mix(y0, y1, 13), z1 = mix(z0, z1, 13), w1 = mix(w0, w1, 13);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 15), y1 = mix(y0, y1, 15), z1 = mix(z0, z1, 15), w1 = mix(w0, w1, 15);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 26), y1 = mix(y0, y1, 26), z1 = mix(z0, z1, 26), w1 = mix(w0, w1, 26);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 6), y1 = mix(y0, y1, 6), z1 = mix(z0, z1, 6), w1 = mix(w0, w1, 6);
  const step3 = i32x4.add(key1, i32x4.splat(3));
  x0 = i32x4.add(x0, key0), y0 = i32x4.add(y0, key0), z0 = i32x4.add(z0, key0), w0 = i32x4.add(w0, key0);
  x1 = i32x4.add(x1, step3), y1 = i32x4.add(y1, step3), z1 = i32x4.add(z1, step3), w1 = i32x4.add(w1, step3);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 17), y1 = mix(y0, y1, 17), z1 = mix(z0, z1, 17), w1 = mix(w0, w1, 17);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 29), y1 = mix(y0, y1, 29), z1 = mix(z0, z1, 29), w1 = mix(w0, w1, 29);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 16), y1 = mix(y0, y1, 16), z1 = mix(z0, z1, 16), w1 = mix(w0, w1, 16);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 24), y1 = mix(y0, y1, 24), z1 = mix(z0, z1, 24), w1 = mix(w0, w1, 24);
  const step4 = i32x4.add(key2, i32x4.splat(4));
  x0 = i32x4.add(x0, key1), y0 = i32x4.add(y0, key1), z0 = i32x4.add(z0, key1), w0 = i32x4.add(w0, key1);
  x1 = i32x4.add(x1, step4), y1 = i32x4.add(y1, step4), z1 = i32x4.add(z1, step4), w1 = i32x4.add(w1, step4);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 13), y1 = mix(y0, y1, 13), z1 = mix(z0, z1, 13), w1 = mix(w0, w1, 13);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 15), y1 = mix(y0, y1, 15), z1 = mix(z0, z1, 15), w1 = mix(w0, w1, 15);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 26), y1 = mix(y0, y1, 26), z1 = mix(z0, z1, 26), w1 = mix(w0, w1, 26);
  x0 = i32x4.add(x0, x1), y0 = i32x4.add(y0, y1), z0 = i32x4.add(z0, z1), w0 = i32x4.add(w0, w1);
  x1 = mix(x0, x1, 6), y1 = mix(y0, y1, 6), z1 = mix(z0, z1, 6), w1 = mix(w0, w1, 6);
  const step5 = i32x4.add(key0, i32x4.splat(5));
  x0 = i32x4.add(x0, key2), y0 = i32x4.add(y0, key2), z0 = i32x4.add(z0, key2), w0 = i32x4.add(w0, key2);
  x1 = i32x4.add(x1, step5), y1 = i32x4.add(y1, step5), z1 = i32x4.add(z1, step5), w1 = i32x4.add(w1, step5);
  v128.store(to, x0, 0);
  v128.store(to, x1, 16);
  v128.store(to, y0, 32);
  v128.store(to, y1, 48);
  v128.store(to, z0, 64);
  v128.store(to, z1, 80);
  v128.store(to, w0, 96);
  v128.store(to, w1, 112);
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
  const count = word(block, 2);
  const words = threadArena();
  for (let unit = begin; unit < end; unit++) {
    // First the words, then what is made of them: each loop is short enough for its turns to overlap in the processor.
    let counters = i32x4.add(i32x4.splat(unit * (UNIT / 2)), i32x4(0, 1, 2, 3));
    for (let at: usize = 0; at < UNIT * 4; at += 128) {
      blocksTo(words + at, key0, key1, counters, i32x4.splat(0));
      counters = i32x4.add(counters, i32x4.splat(16));
    }
    for (let i: u32 = 0; i < UNIT; i += 8) {
      const x0 = v128.load(words + ((<usize>i) << 2));
      const x1 = v128.load(words + ((<usize>i) << 2), 16);
      let low = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
      let high = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
      if (uniform) {
        low = uniformOf(low);
        high = uniformOf(high);
      }
      storeUpTo(to, unit * UNIT + i, count, low);
      storeUpTo(to, unit * UNIT + i + 4, count, high);
    }
  }
}

/** Units are 1024 normal elements by Box and Muller on the block of counter (i, 1). Block: [key, to, count]. */
export function randomNormal(block: usize, begin: u32, end: u32): void {
  const key = address(block, 0);
  const key0 = v128.load32_splat(key);
  const key1 = v128.load32_splat(key, 4);
  const to = address(block, 1);
  const count = word(block, 2);
  const words = threadArena();
  for (let unit = begin; unit < end; unit++) {
    let counters = i32x4.add(i32x4.splat(unit * UNIT), i32x4(0, 1, 2, 3));
    for (let at: usize = 0; at < UNIT * 8; at += 128) {
      blocksTo(words + at, key0, key1, counters, i32x4.splat(1));
      counters = i32x4.add(counters, i32x4.splat(16));
    }
    for (let i: u32 = 0; i < UNIT; i += 4) {
      const pair = words + ((<usize>i) << 3);
      const u1 = f32x4.sub(f32x4.splat(1), uniformOf(v128.load(pair)));
      const radius = f32x4.sqrt(f32x4.mul(f32x4.splat(-2), logLanes(u1)));
      storeUpTo(to, unit * UNIT + i, count, f32x4.mul(radius, cosineOfTurns(uniformOf(v128.load(pair, 16)))));
    }
  }
}
