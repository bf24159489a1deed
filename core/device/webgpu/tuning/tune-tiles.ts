// The tuner of tiles: see tune-device.ts. Each class of shapes is tuned from what won before, at the largest sizes that its
// share of the time affords.
import { ArgumentError, type Tiles } from "@millrace/kernels";
import { defaultTiles, fastestTrial, productTolerance, shapeClasses, type TrialTiming } from "@millrace/kernels/tuning";
import { writeKept } from "#platform";
import type { Device } from "../../device.ts";
import { DeviceFaultError } from "../../error.ts";
import type { TuneOptions, Tuning } from "../../tune-device.ts";
import { WebGPUDevice } from "../webgpu-device.ts";
import { printTiles } from "./kept-tiles.ts";
import { flopsOf, placeProduct, type Size, type TimedProduct } from "./time-product.ts";

/** A timed run takes at least about so long: a page's clock of the GPU goes in steps of 0.1 ms. */
const leastNanoseconds = 2e6;
const mostRepeats = 64;
/** Timed runs of a trial; the least counts. One more before them does not. */
const runs = 3;

/** True where two ways to the same product differ by no more than both may from its meaning. */
const agree = (one: ArrayLike<number>, other: ArrayLike<number>, k: number): boolean => {
  const { relative, absolute } = productTolerance(k);
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) {
    const [a = Number.NaN, b = Number.NaN] = [one[i], other[i]];
    if (!(Math.abs(a - b) <= 2 * (absolute + relative * Math.abs(a)))) return false;
  }
  return true;
};

/** What tuneDevice does. `classes` are what is tuned. */
export const tuneTiles = async (
  device: Device,
  { milliseconds = 10_000, onProgress, signal }: TuneOptions,
  classes: typeof shapeClasses = shapeClasses,
): Promise<Tuning> => {
  if (!(device instanceof WebGPUDevice)) throw new ArgumentError(`${device.name} is not a device that openDevice gave`);
  if (!(milliseconds > 0))
    throw new ArgumentError(`milliseconds must be a positive number, but is ${String(milliseconds)}`);
  const deadline = performance.now() + milliseconds;
  const left = (): number => {
    signal?.throwIfAborted();
    return 1e6 * (deadline - performance.now());
  };
  const prepare = device.trials();
  let tiles = device.traits.tiles ?? defaultTiles;
  const tuned: Tuning["tuned"][number][] = [];
  for (const [i, { name, sizes, trialsOf }] of classes.entries()) {
    const share = left() / (classes.length - i);
    const chosen = await affordable(
      device,
      prepare,
      sizes,
      tiles,
      share,
      (at) => trialsOf(at, tiles, device.traits).length,
    );
    if (!chosen) continue;
    const trials = trialsOf(chosen.sizes, tiles, device.traits);
    const end = left() - share;
    const timings: (TrialTiming | undefined)[] = [];
    const products = chosen.sizes.map((size) => placeProduct(device, prepare, size));
    try {
      const first: ArrayLike<number>[] = [];
      for (const [done, trial] of trials.entries()) {
        onProgress?.({ shapes: name, done, total: trials.length });
        if (left() <= Math.max(end, chosen.nanoseconds * (runs + 1))) break;
        timings.push(await timeTrial(trial.timed, products, chosen, first));
      }
    } finally {
      for (const product of products) product[Symbol.dispose]();
    }
    onProgress?.({ shapes: name, done: timings.length, total: trials.length });
    // One alone was compared with nothing.
    if (timings.length < 2) continue;
    const best = fastestTrial(timings);
    tiles = trials[best]?.kept ?? tiles;
    tuned.push({ shapes: name, trials: timings.length, ratio: ratioOf(timings[best], timings[0]) });
  }
  left();
  if (tuned.length === 0) return { tiles, tuned };
  device.useTuned(tiles);
  const { name, folder } = device.place;
  await writeKept(name, printTiles(tiles, device.place), folder).catch((error: unknown) => {
    console.warn(`Millrace: the tuned tiles are in use, but cannot be kept for the next time: ${String(error)}`);
  });
  return { tiles, tuned };
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

const ratioOf = (timing: TrialTiming | undefined, first: TrialTiming | undefined): number =>
  timing && first && timing !== first ? sum(timing.nanoseconds) / sum(first.nanoseconds) : 1;

interface Affordable {
  readonly sizes: readonly Size[];
  /** About what one product of each size takes. */
  readonly nanoseconds: number;
}

/** The largest sizes whose trials fit a share of the time, judged by the smallest; undefined where not even those fit. */
const affordable = async (
  device: WebGPUDevice,
  prepare: ReturnType<WebGPUDevice["trials"]>,
  sizes: readonly (readonly Size[])[],
  tiles: Tiles,
  share: number,
  trials: (sizes: readonly Size[]) => number,
): Promise<Affordable | undefined> => {
  const smallest = sizes.at(-1);
  if (!smallest || share <= 0) return undefined;
  const begin = performance.now();
  let measured = 0;
  for (const size of smallest) {
    using product = placeProduct(device, prepare, size);
    measured += await product.time(tiles, 1, 1);
  }
  const rest = share - 1e6 * (performance.now() - begin);
  for (const each of sizes) {
    const nanoseconds = (measured * flopsOf(each)) / flopsOf(smallest);
    if (nanoseconds * (runs + 1) * trials(each) < rest) return { sizes: each, nanoseconds };
  }
  return undefined;
};

/** Times all sizes of a trial. `first` are the results of the first trial, filled by it. Undefined: the GPU refused it. */
const timeTrial = async (
  tiles: Tiles,
  products: readonly TimedProduct[],
  { sizes, nanoseconds }: Affordable,
  first: ArrayLike<number>[],
): Promise<TrialTiming | undefined> => {
  const repeats = Math.max(1, Math.min(mostRepeats, Math.ceil((leastNanoseconds * sizes.length) / nanoseconds)));
  const times: number[] = [];
  let agrees = true;
  try {
    for (const [i, product] of products.entries()) {
      times.push(await product.time(tiles, repeats, runs));
      const result = await product.result();
      first[i] ??= result;
      agrees &&= agree(first[i], result, sizes[i]?.k ?? 0);
    }
  } catch (error) {
    if (!(error instanceof DeviceFaultError)) throw error;
    return undefined;
  }
  return { nanoseconds: times, agrees };
};
