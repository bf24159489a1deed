// Gradients of a convolution where each group is one channel, summed directly.
import { address, firstLanes, multiplyAdd, sumLanes, word } from "../runtime/vector.wasm";
import {
  DILATION_ACROSS, DILATION_DOWN, HEIGHT, KERNEL_HEIGHT, KERNEL_WIDTH, LEFT_PAD, PLANE_WIDTH, STRIDE_ACROSS, STRIDE_DOWN,
  TOP, WIDTH,
} from "./patches.wasm";
import { endInside, firstInside, fourAcross } from "./rows.wasm";
import { tapOf } from "./square.wasm";

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

/**
 * Gradient of the weights. Units are rows of the window of each output. Block: [image, gradient, result, outputs, outputs of a
 * group, rows of a plane of the gradient, images, then the geometry].
 */
export function convolutionDepthwiseWeights(block: usize, begin: u32, end: u32): void {
  const geometry = block + 28;
  const kernelHeight = word(geometry, KERNEL_HEIGHT), kernelWidth = word(geometry, KERNEL_WIDTH);
  const across = word(geometry, STRIDE_ACROSS);
  const isThree = kernelWidth == 3 && word(geometry, DILATION_ACROSS) == 1;
  for (let unit = begin; unit < end; unit++) {
    const output = unit / kernelHeight;
    const ky = unit - output * kernelHeight;
    const to = address(block, 2) + ((<usize>unit * kernelWidth) << 2);
    if (isThree && across == 1) threeTaps(block, geometry, output, ky, to, 1);
    else if (isThree && across == 2) threeTaps(block, geometry, output, ky, to, 2);
    else for (let kx: u32 = 0; kx < kernelWidth; kx++) store<f32>(to + ((<usize>kx) << 2), oneTap(block, geometry, output, ky, kx));
  }
}

/** First pixel of an image's channel, and first element of its gradient, that an output is made of. */
// @ts-ignore: decorator
@inline
function channelAt(block: usize, geometry: usize, image: u32, output: u32): usize {
  const own = word(block, 4);
  const channel = <usize>image * (word(block, 3) / own) + output / own;
  return address(block, 0) + ((channel * (word(geometry, HEIGHT) * word(geometry, WIDTH))) << 2);
}

// @ts-ignore: decorator
@inline
function gradientAt(block: usize, geometry: usize, image: u32, output: u32): usize {
  const size = word(block, 5) * word(geometry, PLANE_WIDTH);
  return address(block, 1) + (((<usize>image * word(block, 3) + output) * size) << 2);
}

/** Row of the image that row `oy` meets by tap `ky`. */
// @ts-ignore: decorator
@inline
function rowMet(geometry: usize, oy: u32, ky: u32): i32 {
  return <i32>(oy * word(geometry, STRIDE_DOWN) + ky * word(geometry, DILATION_DOWN)) - <i32>word(geometry, TOP);
}

/** One element of the gradient. */
function oneTap(block: usize, geometry: usize, output: u32, ky: u32, kx: u32): f32 {
  const planeHeight = word(block, 5);
  const height = word(geometry, HEIGHT), width = word(geometry, WIDTH);
  const across = <i32>word(geometry, STRIDE_ACROSS);
  const planeWidth = word(geometry, PLANE_WIDTH);
  const left = <i32>word(geometry, LEFT_PAD) - <i32>(kx * word(geometry, DILATION_ACROSS));
  const first: u32 = left > 0 ? firstInside(left, across, planeWidth) : 0;
  const stop = endInside(left, across, 0, <i32>width, planeWidth, first);
  const whole = first + ((stop - first) & ~3);
  const step = (<usize>across) << 2;
  let lanes = f32x4.splat(0);
  let sum: f32 = 0;
  for (let image: u32 = 0; image < word(block, 6); image++) {
    const from = channelAt(block, geometry, image, output), gradient = gradientAt(block, geometry, image, output);
    for (let oy: u32 = 0; oy < planeHeight; oy++) {
      const y = rowMet(geometry, oy, ky);
      if (<u32>y >= height) continue;
      let x = from + (((<isize>y) * width + (<i32>first * across - left)) << 2);
      let g = gradient + ((<usize>oy * planeWidth + first) << 2);
      let i = first;
      for (; i < whole; i += 4, g += 16, x += step << 2) {
        lanes = multiplyAdd(v128.load(g), fourAcross(x, across), lanes);
      }
      for (; i < stop; i++, g += 4, x += step) sum += load<f32>(g) * load<f32>(x);
    }
  }
  return sumLanes(lanes) + sum;
}

/** Three elements next to one another, over places whose taps are all inside in vectors, and one by one beside them. */
// @ts-ignore: decorator
@inline
function threeTaps(block: usize, geometry: usize, output: u32, ky: u32, to: usize, across: u32): void {
  const planeHeight = word(block, 5);
  const height = word(geometry, HEIGHT), width = word(geometry, WIDTH);
  const planeWidth = word(geometry, PLANE_WIDTH);
  const left = <i32>word(geometry, LEFT_PAD);
  const first = firstInside(left, across, planeWidth);
  const stop = endInside(left, across, 2, <i32>width, planeWidth, first);
  const whole = first + ((stop - first) & ~3);
  const rest = firstLanes((stop - first) & 3);
  let a = f32x4.splat(0), b = a, c = a;
  let p: f32 = 0, q: f32 = 0, r: f32 = 0;
  for (let image: u32 = 0; image < word(block, 6); image++) {
    const from = channelAt(block, geometry, image, output), plane = gradientAt(block, geometry, image, output);
    for (let oy: u32 = 0; oy < planeHeight; oy++) {
      const y = rowMet(geometry, oy, ky);
      if (<u32>y >= height) continue;
      const gradient = plane + ((<usize>oy * planeWidth) << 2);
      const row = from + ((<usize>y * width) << 2) - ((<isize>left) << 2);
      let at = row + ((<usize>(first * across)) << 2);
      let i = first;
      for (let gs = gradient + ((<usize>first) << 2); i < whole; i += 4, gs += 16, at += across << 4) {
        const g = v128.load(gs);
        const even = tapOf(0, at, across, g);
        a = multiplyAdd(g, even, a);
        b = multiplyAdd(g, tapOf(1, at, across, even), b);
        c = multiplyAdd(g, tapOf(2, at, across, even), c);
      }
      if (whole < stop) {
        const g = v128.and(v128.load(gradient + ((<usize>whole) << 2)), rest);
        const even = tapOf(0, at, across, g);
        a = multiplyAdd(g, v128.and(even, rest), a);
        b = multiplyAdd(g, v128.and(tapOf(1, at, across, even), rest), b);
        c = multiplyAdd(g, v128.and(tapOf(2, at, across, even), rest), c);
      }
      for (let ox: u32 = 0; ox < planeWidth; ox++) {
        if (ox == first) ox = stop;
        if (ox >= planeWidth) break;
        const x = ox * across - <u32>left;
        const g = load<f32>(gradient + ((<usize>ox) << 2));
        const pixel = row + ((<usize>(ox * across)) << 2);
        if (x < width) p += g * load<f32>(pixel);
        if (x + 1 < width) q += g * load<f32>(pixel, 4);
        if (x + 2 < width) r += g * load<f32>(pixel, 8);
      }
    }
  }
  store<f32>(to, sumLanes(a) + p);
  store<f32>(to, sumLanes(b) + q, 4);
  store<f32>(to, sumLanes(c) + r, 8);
}

/**
 * Weights with their taps in reverse: the image's gradient at stride 1 is a convolution by them. Units are outputs. Block:
 * [weights, to, taps].
 */
export function convolutionReverseTaps(block: usize, begin: u32, end: u32): void {
  const size = (<usize>word(block, 2)) << 2;
  for (let unit: usize = begin; unit < end; unit++) {
    const from = address(block, 0) + unit * size;
    let to = address(block, 1) + unit * size + size;
    for (let at = from; at < from + size; at += 4) store<u32>((to -= 4), load<u32>(at));
  }
}
