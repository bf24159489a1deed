// Gradients of a convolution where each group is one channel, summed directly.
import { address, multiplyAdd, sumLanes, word } from "../runtime/vector.wasm";
import {
  DILATION_ACROSS, DILATION_DOWN, HEIGHT, KERNEL_HEIGHT, KERNEL_WIDTH, LEFT_PAD, PLANE_WIDTH, STRIDE_ACROSS, STRIDE_DOWN,
  TOP, WIDTH,
} from "./patches.wasm";
import { endInside, firstInside, fourAcross } from "./rows.wasm";

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
 * Gradient of the weights. Units are taps of outputs. Block: [image, gradient, result, outputs, outputs of a group, rows of a
 * plane of the gradient, images, then the geometry].
 */
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
