// The places of largest pixels, and the gradient of pooling: windows are added to a plane in order.
import {
  DILATION_ACROSS, DILATION_DOWN, HEIGHT, KERNEL_HEIGHT, KERNEL_WIDTH, LEFT_PAD, PLANE_WIDTH, STRIDE_ACROSS, STRIDE_DOWN,
  TOP, WIDTH,
} from "../convolution/patches.wasm";
import { address, word } from "../runtime/vector.wasm";
import { countInside, divisorOf, largestOf, MAXIMUM } from "./windows.wasm";

/** Units are rows of the result. Block: [image, result, rows of a plane, then the geometry]. */
export function poolIndexRows(block: usize, begin: u32, end: u32): void {
  const image = address(block, 0);
  const planeHeight = word(block, 2);
  const geometry = block + 12;
  const pixels = word(geometry, HEIGHT) * word(geometry, WIDTH);
  const planeWidth = word(geometry, PLANE_WIDTH);
  for (let unit = begin; unit < end; unit++) {
    const plane = unit / planeHeight;
    const from = image + ((<usize>plane * pixels) << 2);
    const top = <i32>((unit - plane * planeHeight) * word(geometry, STRIDE_DOWN)) - <i32>word(geometry, TOP);
    for (let ox: u32 = 0; ox < planeWidth; ox++) {
      const left = <i32>(ox * word(geometry, STRIDE_ACROSS)) - <i32>word(geometry, LEFT_PAD);
      const at = largestOf(geometry, from, top, left);
      store<u32>(address(block, 1) + ((<usize>unit * planeWidth + ox) << 2), <u32>((at - image) >> 2));
    }
  }
}

/**
 * Units are planes of the image. Block: [gradient, image or 0, result, 0 maximum or 1 average, 1 when padding counts, rows of
 * a plane of the gradient, then the geometry].
 */
export function poolGradientPlanes(block: usize, begin: u32, end: u32): void {
  const kind = word(block, 3);
  const all = word(block, 4) != 0;
  const planeHeight = word(block, 5);
  const geometry = block + 24;
  const height = word(geometry, HEIGHT);
  const width = word(geometry, WIDTH);
  const planeWidth = word(geometry, PLANE_WIDTH);
  const bytes = (<usize>(height * width)) << 2;
  for (let plane = begin; plane < end; plane++) {
    const to = address(block, 2) + <usize>plane * bytes;
    const image = address(block, 1) + <usize>plane * bytes;
    let gradient = address(block, 0) + ((<usize>plane * planeHeight * planeWidth) << 2);
    memory.fill(to, 0, bytes);
    for (let oy: u32 = 0; oy < planeHeight; oy++) {
      const top = <i32>(oy * word(geometry, STRIDE_DOWN)) - <i32>word(geometry, TOP);
      const rows = countInside(top, word(geometry, KERNEL_HEIGHT), word(geometry, DILATION_DOWN), height);
      for (let ox: u32 = 0; ox < planeWidth; ox++, gradient += 4) {
        const left = <i32>(ox * word(geometry, STRIDE_ACROSS)) - <i32>word(geometry, LEFT_PAD);
        if (kind == MAXIMUM) {
          const at = to + (largestOf(geometry, image, top, left) - image);
          store<f32>(at, load<f32>(at) + load<f32>(gradient));
        } else {
          addToWindow(geometry, to, top, left, load<f32>(gradient) / divisorOf(geometry, all, rows, left));
        }
      }
    }
  }
}

function addToWindow(geometry: usize, to: usize, top: i32, left: i32, share: f32): void {
  const width = word(geometry, WIDTH);
  for (let ky: u32 = 0; ky < word(geometry, KERNEL_HEIGHT); ky++) {
    const y = top + <i32>(ky * word(geometry, DILATION_DOWN));
    if (<u32>y >= word(geometry, HEIGHT)) continue;
    for (let kx: u32 = 0; kx < word(geometry, KERNEL_WIDTH); kx++) {
      const x = left + <i32>(kx * word(geometry, DILATION_ACROSS));
      if (<u32>x >= width) continue;
      const at = to + (((<usize>y) * width + x) << 2);
      store<f32>(at, load<f32>(at) + share);
    }
  }
}
