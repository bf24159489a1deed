// Fourier transforms by Stockham's passes of radix 4, which sort as they go; a last one of radix 2 where the exponent is
// odd. Other lengths by Bluestein (1970): jk = (j^2 + k^2 - (k - j)^2) / 2 makes the transform a convolution with a chirp.
import { scaleRow } from "../linear-algebra/rows.wasm";
import { address, multiplyAdd, word } from "../runtime/vector.wasm";

/** Writes exp(-2 pi i k / size) for 0 <= k < size: f64 polynomials on an eighth of a turn, so that it is right to f32. */
// @ts-ignore: decorator
@inline
function storeTurn(to: usize, k: u64, size: u64, conjugate: bool): void {
  const octant = <u32>((k << 3) / size);
  const rest = (k << 3) - <u64>octant * size;
  const angle = (<f64>(octant & 1 ? size - rest : rest) / <f64>size) * 0.7853981633974483;
  const z = angle * angle;
  const sine =
    angle * (1 + z * (-1.0 / 6 + z * (1.0 / 120 + z * (-1.0 / 5040 + z * (1.0 / 362880 + z * (-1.0 / 39916800 + z / 6227020800.0))))));
  const cosine =
    1 + z * (-0.5 + z * (1.0 / 24 + z * (-1.0 / 720 + z * (1.0 / 40320 + z * (-1.0 / 3628800 + z / 479001600.0)))));
  // Octants 1, 2, 5, 6 lie nearer to the imaginary axis.
  const swapped = ((octant + 1) & 2) != 0;
  let x = swapped ? sine : cosine;
  let y = swapped ? cosine : sine;
  if (octant >= 2 && octant < 6) x = -x;
  if (octant >= 4) y = -y;
  store<f32>(to, <f32>x);
  store<f32>(to, <f32>(conjugate ? y : -y), 4);
}

/** Units are numbers. Block: [to, size]. */
export function fftTurns(block: usize, begin: u32, end: u32): void {
  const to = address(block, 0);
  const size = word(block, 1);
  for (let k = begin; k < end; k++) storeTurn(to + ((<usize>k) << 3), k, size, false);
}

/** Two complex products; `turned` is the factor's imaginary part with its signs, (-b, b). */
// @ts-ignore: decorator
@inline
function product(v: v128, real: v128, turned: v128): v128 {
  return multiplyAdd(v128.shuffle<i32>(v, v, 1, 0, 3, 2), turned, f32x4.mul(v, real));
}

/** One complex number, or two. */
// @ts-ignore: decorator
@inline
function loadPairs(from: usize, one: bool): v128 {
  return one ? v128.load64_zero(from) : v128.load(from);
}

// @ts-ignore: decorator
@inline
function storePairs(to: usize, value: v128, one: bool): void {
  if (one) v128.store64_lane(to, value, 0);
  else v128.store(to, value);
}

/** A pass of radix 4 over sub-transforms of `count`, `stride` of them side by side. */
// @ts-ignore: decorator
@inline
function passOfFour(x: usize, y: usize, turns: usize, count: u32, stride: u32, signs: v128, one: bool): void {
  const quarter = count >> 2;
  const across = (<usize>stride) << 3;
  const apart = across * quarter;
  for (let p: u32 = 0; p < quarter; p++) {
    const turn = turns + p * across;
    const real1 = v128.load32_splat(turn);
    const turned1 = f32x4.mul(v128.load32_splat(turn, 4), signs);
    const real2 = v128.load32_splat(turn + p * across);
    const turned2 = f32x4.mul(v128.load32_splat(turn + p * across, 4), signs);
    const real3 = v128.load32_splat(turn + 2 * p * across);
    const turned3 = f32x4.mul(v128.load32_splat(turn + 2 * p * across, 4), signs);
    const from = x + p * across;
    const to = y + 4 * p * across;
    for (let q: usize = 0; q < across; q += 16) {
      const a = loadPairs(from + q, one);
      const b = loadPairs(from + q + apart, one);
      const c = loadPairs(from + q + 2 * apart, one);
      const d = loadPairs(from + q + 3 * apart, one);
      const sum = f32x4.add(a, c);
      const difference = f32x4.sub(a, c);
      const other = f32x4.add(b, d);
      const fall = f32x4.sub(b, d);
      const quarterTurn = f32x4.mul(v128.shuffle<i32>(fall, fall, 1, 0, 3, 2), signs);
      storePairs(to + q, f32x4.add(sum, other), one);
      storePairs(to + q + across, product(f32x4.sub(difference, quarterTurn), real1, turned1), one);
      storePairs(to + q + 2 * across, product(f32x4.sub(sum, other), real2, turned2), one);
      storePairs(to + q + 3 * across, product(f32x4.add(difference, quarterTurn), real3, turned3), one);
    }
  }
}

// @ts-ignore: decorator
@inline
function passOfTwo(x: usize, y: usize, stride: u32, one: bool): void {
  const across = (<usize>stride) << 3;
  for (let q: usize = 0; q < across; q += 16) {
    const a = loadPairs(x + q, one);
    const b = loadPairs(x + q + across, one);
    storePairs(y + q, f32x4.add(a, b), one);
    storePairs(y + q + across, f32x4.sub(a, b), one);
  }
}

/** Transforms `size` numbers from x, writing to `first` and `second` in turn; gives the one that holds the result. */
function transform(x: usize, first: usize, second: usize, turns: usize, size: u32, inverse: u32): usize {
  const signs = inverse ? f32x4(1, -1, 1, -1) : f32x4(-1, 1, -1, 1);
  let from = x;
  let to = first;
  let other = second;
  let count = size;
  let stride: u32 = 1;
  while (count > 1) {
    if (count >= 4) {
      if (stride == 1) passOfFour(from, to, turns, count, stride, signs, true);
      else passOfFour(from, to, turns, count, stride, signs, false);
      count >>= 2;
      stride <<= 2;
    } else {
      if (stride == 1) passOfTwo(from, to, stride, true);
      else passOfTwo(from, to, stride, false);
      count >>= 1;
      stride <<= 1;
    }
    from = to;
    const next = other;
    other = to;
    to = next;
  }
  return from;
}

/** to[i] = x[i] y[i], complex. */
// @ts-ignore: decorator
@inline
function multiplyRows(to: usize, x: usize, y: usize, count: u32): void {
  const signs = f32x4(-1, 1, -1, 1);
  for (let i: u32 = 0; i < count; i++) {
    const at = (<usize>i) << 3;
    const turned = f32x4.mul(v128.load32_splat(y + at, 4), signs);
    v128.store64_lane(to + at, product(v128.load64_zero(x + at), v128.load32_splat(y + at), turned), 0);
  }
}

/**
 * One unit: the chirp exp(-pi i k^2 / length), and the transform of its conjugate, mirrored, over the size.
 * Block: [turns, chirp, filter, work, length, size, inverse].
 */
export function fftChirp(block: usize, begin: u32, end: u32): void {
  const chirp = address(block, 1);
  const filter = address(block, 2);
  const work = address(block, 3);
  const length = word(block, 4);
  const size = word(block, 5);
  const inverse = word(block, 6);
  const bytes = (<usize>size) << 3;
  memory.fill(filter, 0, bytes);
  const modulus = (<u64>length) << 1;
  for (let k: u32 = 0; k < length; k++) {
    const at = (<usize>k) << 3;
    const square = (<u64>k * k) % modulus;
    storeTurn(chirp + at, square, modulus, inverse != 0);
    storeTurn(filter + at, square, modulus, inverse == 0);
    if (k > 0) store<u64>(filter + bytes - at, load<u64>(filter + at));
  }
  const result = transform(filter, work, filter, address(block, 0), size, 0);
  let scale: f32 = 1 / <f32>size;
  if (inverse) scale /= <f32>length;
  scaleRow(filter, result, scale, size << 1);
}

/**
 * Units are groups of rows. Block: [x, to, turns, work, chirp, filter, length, size, rows, rows of a unit, inverse]; work
 * holds for each unit one row of `size`, or two where the length is no power of two.
 */
export function fftRows(block: usize, begin: u32, end: u32): void {
  const turns = address(block, 2);
  const chirp = address(block, 4);
  const filter = address(block, 5);
  const length = word(block, 6);
  const size = word(block, 7);
  const rows = word(block, 8);
  const group = word(block, 9);
  const inverse = word(block, 10);
  const bytes = (<usize>length) << 3;
  const sizeBytes = (<usize>size) << 3;
  const passes = (32 - clz<u32>(size)) >> 1;
  for (let unit = begin; unit < end; unit++) {
    const last = (unit + 1) * group < rows ? (unit + 1) * group : rows;
    for (let row = unit * group; row < last; row++) {
      const x = address(block, 0) + row * bytes;
      const to = address(block, 1) + row * bytes;
      if (length == 1) {
        store<u64>(to, load<u64>(x));
      } else if (length == size) {
        const work = address(block, 3) + unit * sizeBytes;
        if (passes & 1) transform(x, to, work, turns, size, inverse);
        else transform(x, work, to, turns, size, inverse);
        if (inverse) scaleRow(to, to, 1 / <f32>length, length << 1);
      } else {
        const work = address(block, 3) + unit * (sizeBytes << 1);
        const other = work + sizeBytes;
        multiplyRows(work, x, chirp, length);
        memory.fill(work + bytes, 0, sizeBytes - bytes);
        const spectrum = transform(work, other, work, turns, size, 0);
        multiplyRows(spectrum, spectrum, filter, size);
        const result = transform(spectrum, spectrum == work ? other : work, spectrum, turns, size, 1);
        multiplyRows(to, result, chirp, length);
      }
    }
  }
}
