// Convolution where each group is one channel: too thin for a matrix product, so windows are summed directly. Places whose
// window lies inside the row's ends go four and sixteen at a time; each is one chain over the taps in ascending order.
import { activateRow } from "../matmul/matmul.wasm";
import { address, multiplyAdd, sumLanes, word } from "../runtime/vector.wasm";
import {
  DILATION_ACROSS, DILATION_DOWN, HEIGHT, KERNEL_HEIGHT, KERNEL_WIDTH, LEFT_PAD, PLANE_WIDTH, STRIDE_ACROSS, STRIDE_DOWN,
  TOP, WIDTH,
} from "./patches.wasm";

/** Four pixels `across` apart. */
// @ts-ignore: decorator
@inline
export function fourAcross(from: usize, across: u32): v128 {
  if (across == 1) return v128.load(from);
  if (across == 2) return v128.shuffle<f32>(v128.load(from), v128.load(from, 12), 0, 2, 5, 7);
  const step = (<usize>across) << 2;
  let x = v128.load32_zero(from);
  x = v128.load32_lane(from + step, x, 1);
  x = v128.load32_lane(from + 2 * step, x, 2);
  return v128.load32_lane(from + 3 * step, x, 3);
}

/** First place whose leftmost tap is inside. */
// @ts-ignore: decorator
@inline
export function firstInside(left: i32, across: i32, places: u32): u32 {
  const first = <u32>((left + across - 1) / across);
  return first < places ? first : places;
}

/** End of the places whose rightmost tap, `reach` beyond the first, is inside. */
// @ts-ignore: decorator
@inline
export function endInside(left: i32, across: i32, reach: i32, width: i32, places: u32, first: u32): u32 {
  const room = width - 1 - reach + left;
  const end: u32 = room < 0 ? 0 : <u32>(room / across) + 1;
  if (end > places) return places;
  return end > first ? end : first;
}

/**
 * Units are rows of the result. Block: [image, weights, bias or 0, result, activation, outputs, outputs of a group, rows of
 * a plane, then the geometry].
 */
export function convolutionDepthwise(block: usize, begin: u32, end: u32): void {
  const activation = word(block, 4);
  const outputs = word(block, 5);
  const own = word(block, 6);
  const planeHeight = word(block, 7);
  const geometry = block + 32;
  const height = word(geometry, HEIGHT);
  const width = word(geometry, WIDTH);
  const kernelHeight = word(geometry, KERNEL_HEIGHT);
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const across = <i32>word(geometry, STRIDE_ACROSS);
  const left = <i32>word(geometry, LEFT_PAD);
  const dilation = <i32>word(geometry, DILATION_ACROSS);
  const planeWidth = word(geometry, PLANE_WIDTH);
  const first = firstInside(left, across, planeWidth);
  const stop = endInside(left, across, <i32>(kernelWidth - 1) * dilation, <i32>width, planeWidth, first);
  for (let unit = begin; unit < end; unit++) {
    const plane = unit / planeHeight;
    const oy = unit - plane * planeHeight;
    const image = plane / outputs;
    const output = plane - image * outputs;
    const channel = image * (outputs / own) + output / own;
    const weights = address(block, 1) + ((<usize>output * kernelHeight * kernelWidth) << 2);
    const bias: f32 = address(block, 2) ? load<f32>(address(block, 2) + ((<usize>output) << 2)) : 0;
    const to = address(block, 3) + ((<usize>unit * planeWidth) << 2);
    const top = <i32>(oy * word(geometry, STRIDE_DOWN)) - <i32>word(geometry, TOP);
    const from = address(block, 0) + ((<usize>channel * height * width) << 2);
    let ox: u32 = 0;
    for (; ox < first; ox++) edgePlace(geometry, to, ox, from, weights, bias, top);
    if (stop - first >= 4) {
      if (across == 1) {
        for (; ox + 16 <= stop; ox += 16) sixteenPlaces(geometry, to, ox, from, weights, bias, top);
      }
      for (; ox + 4 <= stop; ox += 4) fourPlaces(geometry, to, ox, from, weights, bias, top);
      // The last four once more: each place has its own chain, so the bits are the same.
      if (ox < stop) fourPlaces(geometry, to, stop - 4, from, weights, bias, top);
      ox = stop;
    }
    for (; ox < planeWidth; ox++) edgePlace(geometry, to, ox, from, weights, bias, top);
    if (activation == 1) {
      for (let i: u32 = 0; i < planeWidth; i++) {
        const at = to + ((<usize>i) << 2);
        const value = load<f32>(at);
        store<f32>(at, value < 0 ? 0 : value);
      }
    } else if (activation > 1) activateRow(to, planeWidth, activation);
  }
}

function edgePlace(geometry: usize, to: usize, ox: u32, from: usize, weights: usize, bias: f32, top: i32): void {
  const width = word(geometry, WIDTH);
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const left = <i32>(ox * word(geometry, STRIDE_ACROSS)) - <i32>word(geometry, LEFT_PAD);
  let sum = bias;
  for (let ky: u32 = 0; ky < word(geometry, KERNEL_HEIGHT); ky++, weights += (<usize>kernelWidth) << 2) {
    const y = top + <i32>(ky * word(geometry, DILATION_DOWN));
    if (<u32>y >= word(geometry, HEIGHT)) continue;
    for (let kx: u32 = 0; kx < kernelWidth; kx++) {
      const x = left + <i32>(kx * word(geometry, DILATION_ACROSS));
      if (<u32>x >= width) continue;
      sum += load<f32>(weights + ((<usize>kx) << 2)) * load<f32>(from + (((<usize>y) * width + x) << 2));
    }
  }
  store<f32>(to + ((<usize>ox) << 2), sum);
}

function fourPlaces(geometry: usize, to: usize, ox: u32, from: usize, weights: usize, bias: f32, top: i32): void {
  const width = word(geometry, WIDTH);
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const across = word(geometry, STRIDE_ACROSS);
  const step = (<usize>word(geometry, DILATION_ACROSS)) << 2;
  const left = ox * across - word(geometry, LEFT_PAD);
  let a = f32x4.splat(bias);
  for (let ky: u32 = 0; ky < word(geometry, KERNEL_HEIGHT); ky++, weights += (<usize>kernelWidth) << 2) {
    const y = top + <i32>(ky * word(geometry, DILATION_DOWN));
    if (<u32>y >= word(geometry, HEIGHT)) continue;
    let at = from + (((<usize>y) * width + left) << 2);
    for (let w = weights, stop = weights + ((<usize>kernelWidth) << 2); w < stop; w += 4, at += step) {
      a = multiplyAdd(v128.load32_splat(w), fourAcross(at, across), a);
    }
  }
  v128.store(to + ((<usize>ox) << 2), a);
}

function sixteenPlaces(geometry: usize, to: usize, ox: u32, from: usize, weights: usize, bias: f32, top: i32): void {
  const width = word(geometry, WIDTH);
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const step = (<usize>word(geometry, DILATION_ACROSS)) << 2;
  const left = ox - word(geometry, LEFT_PAD);
  let a = f32x4.splat(bias), b = a, c = a, d = a;
  for (let ky: u32 = 0; ky < word(geometry, KERNEL_HEIGHT); ky++, weights += (<usize>kernelWidth) << 2) {
    const y = top + <i32>(ky * word(geometry, DILATION_DOWN));
    if (<u32>y >= word(geometry, HEIGHT)) continue;
    let at = from + (((<usize>y) * width + left) << 2);
    for (let w = weights, stop = weights + ((<usize>kernelWidth) << 2); w < stop; w += 4, at += step) {
      const s = v128.load32_splat(w);
      a = multiplyAdd(s, v128.load(at), a);
      b = multiplyAdd(s, v128.load(at, 16), b);
      c = multiplyAdd(s, v128.load(at, 32), c);
      d = multiplyAdd(s, v128.load(at, 48), d);
    }
  }
  to += (<usize>ox) << 2;
  v128.store(to, a);
  v128.store(to, b, 16);
  v128.store(to, c, 32);
  v128.store(to, d, 48);
}

/**
 * Gradient of the image. Units are its planes; each adds its windows in order. Block: [gradient, weights, result, outputs,
 * outputs of a group, rows of a plane of the gradient, then the geometry].
 */
export function convolutionDepthwiseInput(block: usize, begin: u32, end: u32): void {
  const outputs = word(block, 3);
  const own = word(block, 4);
  const planeHeight = word(block, 5);
  const geometry = block + 24;
  const height = word(geometry, HEIGHT);
  const width = word(geometry, WIDTH);
  const kernelHeight = word(geometry, KERNEL_HEIGHT);
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const across = <i32>word(geometry, STRIDE_ACROSS);
  const planeWidth = word(geometry, PLANE_WIDTH);
  const channels = outputs / own;
  for (let unit = begin; unit < end; unit++) {
    const to = address(block, 2) + ((<usize>unit * height * width) << 2);
    memory.fill(to, 0, (<usize>(height * width)) << 2);
    const image = unit / channels;
    const first = (unit - image * channels) * own;
    for (let output = first; output < first + own; output++) {
      const gradient =
        address(block, 0) + (((<usize>image * outputs + output) * planeHeight * planeWidth) << 2);
      let weight = address(block, 1) + ((<usize>output * kernelHeight * kernelWidth) << 2);
      for (let ky: u32 = 0; ky < kernelHeight; ky++) {
        for (let kx: u32 = 0; kx < kernelWidth; kx++, weight += 4) {
          // Places of a row whose tap kx is inside.
          const left = <i32>word(geometry, LEFT_PAD) - <i32>(kx * word(geometry, DILATION_ACROSS));
          const from: u32 = left > 0 ? firstInside(left, across, planeWidth) : 0;
          const stop = endInside(left, across, 0, <i32>width, planeWidth, from);
          for (let oy: u32 = 0; oy < planeHeight; oy++) {
            const y =
              <i32>(oy * word(geometry, STRIDE_DOWN) + ky * word(geometry, DILATION_DOWN)) - <i32>word(geometry, TOP);
            if (<u32>y >= height) continue;
            const row = to + ((<usize>((<u32>y) * width)) << 2);
            addRow(row, gradient + ((<usize>oy * planeWidth) << 2), load<f32>(weight), from, stop, across, -left);
          }
        }
      }
    }
  }
}

/** row[i across + shift] += weight * gradient[i] for i in [from, stop). */
function addRow(row: usize, gradient: usize, weight: f32, from: u32, stop: u32, across: i32, shift: i32): void {
  let i = from;
  if (across == 1) {
    const w = f32x4.splat(weight);
    for (; i + 4 <= stop; i += 4) {
      const at = row + (((<isize>i) + shift) << 2);
      v128.store(at, multiplyAdd(w, v128.load(gradient + ((<usize>i) << 2)), v128.load(at)));
    }
  }
  for (; i < stop; i++) {
    const at = row + ((<isize>(<i32>i * across + shift)) << 2);
    store<f32>(at, load<f32>(at) + weight * load<f32>(gradient + ((<usize>i) << 2)));
  }
}

/** Gradient of the weights. Units are taps of outputs. Block: [image, gradient, result, outputs, outputs of a group, rows of a plane of the gradient, images, then the geometry]. */
export function convolutionDepthwiseWeights(block: usize, begin: u32, end: u32): void {
  const outputs = word(block, 3);
  const own = word(block, 4);
  const planeHeight = word(block, 5);
  const images = word(block, 6);
  const geometry = block + 28;
  const height = word(geometry, HEIGHT);
  const width = word(geometry, WIDTH);
  const kernelWidth = word(geometry, KERNEL_WIDTH);
  const taps = word(geometry, KERNEL_HEIGHT) * kernelWidth;
  const across = <i32>word(geometry, STRIDE_ACROSS);
  const planeWidth = word(geometry, PLANE_WIDTH);
  const channels = outputs / own;
  for (let unit = begin; unit < end; unit++) {
    const output = unit / taps;
    const tap = unit - output * taps;
    const ky = tap / kernelWidth;
    const left = <i32>word(geometry, LEFT_PAD) - <i32>((tap - ky * kernelWidth) * word(geometry, DILATION_ACROSS));
    const first: u32 = left > 0 ? firstInside(left, across, planeWidth) : 0;
    const stop = endInside(left, across, 0, <i32>width, planeWidth, first);
    const whole = first + ((stop - first) & ~3);
    let lanes = f32x4.splat(0);
    let sum: f32 = 0;
    for (let image: u32 = 0; image < images; image++) {
      const from = address(block, 0) + (((<usize>image * channels + output / own) * height * width) << 2);
      const gradient = address(block, 1) + (((<usize>image * outputs + output) * planeHeight * planeWidth) << 2);
      for (let oy: u32 = 0; oy < planeHeight; oy++) {
        const y =
          <i32>(oy * word(geometry, STRIDE_DOWN) + ky * word(geometry, DILATION_DOWN)) - <i32>word(geometry, TOP);
        if (<u32>y >= height) continue;
        let x = from + (((<isize>y) * width + (<i32>first * across - left)) << 2);
        let g = gradient + ((<usize>oy * planeWidth + first) << 2);
        const step = (<usize>across) << 2;
        let i = first;
        for (; i < whole; i += 4, g += 16, x += step << 2) {
          lanes = multiplyAdd(v128.load(g), fourAcross(x, across), lanes);
        }
        for (; i < stop; i++, g += 4, x += step) sum += load<f32>(g) * load<f32>(x);
      }
    }
    store<f32>(address(block, 2) + ((<usize>unit) << 2), sumLanes(lanes) + sum);
  }
}
