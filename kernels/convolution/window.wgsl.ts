// What kernels over windows share on WebGPU: the sizes as constants, and the loop over the taps that lie inside.
import { indent } from "../contract/dispatch.wgsl.ts";
import type { WindowShape } from "./window.ts";

/** Declares every number of a shape under its own name, so that the compiler turns divisions into multiplications. */
export const sizeConstants = (shape: WindowShape): string =>
  Object.entries(shape)
    .filter(([, value]) => typeof value === "number")
    .map(([name, value]) => `const ${name} = ${value}i;`)
    .join("\n");

/** A loop over the taps of the window at (oy, ox) whose row y and column x of the image are inside. */
export const tapLoop = (body: string): string => `
for (var ky = 0i; ky < kernelHeight; ky++) {
  let y = oy * strideDown - top + ky * dilationDown;
  if (y < 0i || y >= height) { continue; }
  for (var kx = 0i; kx < kernelWidth; kx++) {
    let x = ox * strideAcross - left + kx * dilationAcross;
    if (x < 0i || x >= width) { continue; }
${indent(indent(body))}
  }
}`;

/** A loop over the windows (oy, ox) that hold the pixel (y, x), with the tap (ky, kx) that meets it. */
export const windowLoop = (body: string): string => `
for (var ky = 0i; ky < kernelHeight; ky++) {
  let down = y + top - ky * dilationDown;
  let oy = down / strideDown;
  if (down < 0i || oy >= outHeight || oy * strideDown != down) { continue; }
  for (var kx = 0i; kx < kernelWidth; kx++) {
    let across = x + left - kx * dilationAcross;
    let ox = across / strideAcross;
    if (across < 0i || ox >= outWidth || ox * strideAcross != across) { continue; }
${indent(indent(body))}
  }
}`;
