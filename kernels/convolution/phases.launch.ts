// The gradient of a strided convolution's image, by phases: pixels whose place has the same remainder by the stride meet the
// same taps, and among them the convolution has stride 1. So no product holds the zeros between strided places (12 to 46
// GFLOP/s at stride 2).
import type { Lowered, WasmArgument, WasmLaunch } from "../contract/kernel.ts";
import { geometryWords, none, pixelsOf, productLaunch, tapsOf } from "./product.launch.ts";
import type { ConvolutionShape } from "./shape.ts";

/** One phase of an axis. */
interface Phase {
  /** First pixel, and how many there are, a stride apart. */
  readonly first: number;
  readonly pixels: number;
  /** First tap, how far apart they are, and how many. */
  readonly tap: number;
  readonly step: number;
  readonly taps: number;
  /** Pixel i meets by tap j the place i + before - j * dilation. */
  readonly before: number;
  readonly dilation: number;
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/** The phases of an axis: pixel y meets place o by tap k where y + padding - k dilation = o stride. */
const phasesOf = (size: number, kernel: number, stride: number, dilation: number, padding: number): Phase[] =>
  Array.from({ length: stride }, (_, remainder): Phase => {
    const tap = Array.from({ length: kernel }, (__, k) => k).findIndex((k) => (k * dilation) % stride === remainder);
    const step = stride / greatestDivisor(stride, dilation);
    const skipped = Math.max(0, Math.ceil((padding - remainder) / stride));
    const pixels = Math.max(0, Math.floor((size - 1 + padding - remainder) / stride) - skipped + 1);
    return {
      first: remainder + stride * skipped - padding,
      pixels,
      tap: Math.max(tap, 0),
      step,
      taps: tap < 0 ? 0 : Math.ceil((kernel - tap) / step),
      before: tap < 0 ? 0 : skipped - (tap * dilation - remainder) / stride,
      dilation: (step * dilation) / stride,
    };
  });

const numbers = (...values: number[]): WasmArgument[] => values.map((value) => ({ u32: value >>> 0 }));

type Taps = Pick<Phase, "tap" | "step" | "taps">;

/** Taps of one phase of all weights, turned to [groups, channels, outputs, taps], into scratch 0 from `offset`. */
const phaseWeights = (shape: ConvolutionShape, down: Taps, across: Taps, offset: number): WasmLaunch => {
  const { groups, outputs, channels, kernelHeight, kernelWidth } = shape;
  return {
    function: "convolutionPhaseWeights",
    arguments: [
      { input: 1 },
      { scratch: 0, offset },
      ...numbers(outputs, channels, kernelHeight, kernelWidth),
      ...numbers(down.tap, down.step, down.taps, across.tap, across.step, across.taps),
    ],
    units: groups * channels * outputs,
    grain: Math.ceil(20_000 / (10 + down.taps * across.taps)),
  };
};

/** All taps of all weights, turned: at stride 1 there is one phase. */
export const allWeights = (shape: ConvolutionShape): WasmLaunch =>
  phaseWeights(shape, { tap: 0, step: 1, taps: shape.kernelHeight }, { tap: 0, step: 1, taps: shape.kernelWidth }, 0);

/** The rows of one phase, from scratch 1 at `offset`, to their places in the result. */
const phaseRows = (shape: ConvolutionShape, down: Phase, across: Phase, offset: number): WasmLaunch => ({
  function: "convolutionPhaseRows",
  arguments: [
    { scratch: 1, offset },
    { output: 0 },
    ...numbers(down.pixels, across.pixels, shape.height, shape.width),
    ...numbers(down.first, across.first, shape.strideDown, shape.strideAcross),
  ],
  units: shape.batch * shape.groups * shape.channels * down.pixels,
  grain: Math.ceil(20_000 / (10 + across.pixels)),
});

export const lowerByPhases = (shape: ConvolutionShape, threads: number): Lowered<WasmLaunch> => {
  const { batch, groups, outputs, channels } = shape;
  const planes = batch * groups * channels;
  if (planes * pixelsOf(shape) === 0) return none;
  const launches: WasmLaunch[] = [];
  let weightAt = 0;
  let resultAt = 0;
  const down = phasesOf(shape.height, shape.kernelHeight, shape.strideDown, shape.dilationDown, shape.top);
  const across = phasesOf(shape.width, shape.kernelWidth, shape.strideAcross, shape.dilationAcross, shape.left);
  for (const y of down)
    for (const x of across) {
      const n = y.pixels * x.pixels;
      const taps = y.taps * x.taps;
      if (n === 0) continue;
      const window = {
        ...shape,
        kernelHeight: y.taps,
        kernelWidth: x.taps,
        strideDown: 1,
        strideAcross: 1,
        top: y.before >>> 0,
        left: x.before >>> 0,
        dilationDown: y.dilation,
        dilationAcross: x.dilation,
      };
      const product = productLaunch(shape, threads, {
        from: { input: 0 },
        weights: { scratch: 0, offset: weightAt },
        bias: { u32: 0 },
        to: { scratch: 1, offset: resultAt },
        m: channels,
        n,
        k: outputs * taps,
        channels: outputs,
        activation: 0,
        gathering: "turned",
        transposed: false,
        geometry: geometryWords(window, shape.outHeight, shape.outWidth, x.pixels),
      });
      if (taps > 0 && outputs > 0) launches.push(phaseWeights(shape, y, x, weightAt));
      launches.push(product, phaseRows(shape, y, x, resultAt));
      weightAt += 4 * groups * outputs * channels * taps;
      resultAt += 4 * planes * n;
    }
  return { scratch: [Math.max(4, 4 * groups * outputs * channels * tapsOf(shape)), resultAt], launches };
};
