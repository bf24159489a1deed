// What this machine can do at most, measured by the same compiler that runs the kernels: multiply-adds in registers, a
// copy by vectors, a read by vectors, and a launch that does nothing. Benchmarks divide by these.
import { address, multiplyAdd, word } from "./vector.wasm";

/** Each unit: 1000 times 12 independent multiply-adds of 4 lanes (96,000 FLOP). Block: [result address]. */
export function roofMultiplyAdd(block: usize, begin: u32, end: u32): void {
  const to = address(block, 0);
  const x = f32x4.splat(load<f32>(to));
  const y = f32x4.splat(load<f32>(to, 4));
  let a0 = x, a1 = y, a2 = x, a3 = y, a4 = x, a5 = y, a6 = x, a7 = y, a8 = x, a9 = y, a10 = x, a11 = y;
  for (let i: u32 = 0, n = (end - begin) * 1000; i < n; i++) {
    a0 = multiplyAdd(x, y, a0);
    a1 = multiplyAdd(x, y, a1);
    a2 = multiplyAdd(x, y, a2);
    a3 = multiplyAdd(x, y, a3);
    a4 = multiplyAdd(x, y, a4);
    a5 = multiplyAdd(x, y, a5);
    a6 = multiplyAdd(x, y, a6);
    a7 = multiplyAdd(x, y, a7);
    a8 = multiplyAdd(x, y, a8);
    a9 = multiplyAdd(x, y, a9);
    a10 = multiplyAdd(x, y, a10);
    a11 = multiplyAdd(x, y, a11);
  }
  const sum = f32x4.add(f32x4.add(f32x4.add(a0, a1), f32x4.add(a2, a3)), f32x4.add(f32x4.add(a4, a5), f32x4.add(a6, a7)));
  const rest = f32x4.add(f32x4.add(a8, a9), f32x4.add(a10, a11));
  // Behind the inputs, at a place of this range's own: threads do not share it.
  v128.store(to + 16 + ((<usize>begin) << 4), f32x4.add(sum, rest));
}

/** Copies blocks of 1024 words. Block: [from, to]. */
export function roofCopy(block: usize, begin: u32, end: u32): void {
  const from = address(block, 0);
  const to = address(block, 1);
  for (let at = (<usize>begin) << 12, stop = (<usize>end) << 12; at < stop; at += 64) {
    v128.store(to + at, v128.load(from + at));
    v128.store(to + at, v128.load(from + at, 16), 16);
    v128.store(to + at, v128.load(from + at, 32), 32);
    v128.store(to + at, v128.load(from + at, 48), 48);
  }
}

/** Reads blocks of 1024 words into four sums. Block: [from, to]; each range writes its sum at to + 16 * begin. */
export function roofRead(block: usize, begin: u32, end: u32): void {
  const from = address(block, 0);
  let a = f32x4.splat(0), b = a, c = a, d = a;
  for (let at = (<usize>begin) << 12, stop = (<usize>end) << 12; at < stop; at += 64) {
    a = f32x4.add(a, v128.load(from + at));
    b = f32x4.add(b, v128.load(from + at, 16));
    c = f32x4.add(c, v128.load(from + at, 32));
    d = f32x4.add(d, v128.load(from + at, 48));
  }
  v128.store(address(block, 1) + ((<usize>begin) << 4), f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

/** Does nothing: the cost of a launch. Block: [address of a word]. */
export function roofEmpty(block: usize, begin: u32, end: u32): void {
  if (end < begin) store<u32>(address(block, 0), word(block, 0));
}
