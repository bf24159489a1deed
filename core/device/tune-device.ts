// The door to tuning, loaded at the first call: it runs once a machine.
import { ArgumentError, type Tiles } from "@millrace/kernels";
import type { Device } from "./device.ts";

/** How far a tuning is. */
export interface TuneProgress {
  /** Class of shapes: large products, small and odd ones, long sums of few elements. */
  readonly shapes: "large" | "small" | "tall";
  /** Trials of the class that were timed, of how many. */
  readonly done: number;
  readonly total: number;
}

/** Options of tuneDevice. */
export interface TuneOptions {
  /** Time that it may take, compiling included. What is not tried by then stays as it is. Default 10,000. */
  readonly milliseconds?: number;
  readonly onProgress?: (progress: TuneProgress) => void;
  /** Ends it early: nothing is kept, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What a tuning found. */
export interface Tuning {
  /**
   * What products on the device are cut by from now on, and was kept for the next time that this adapter is opened; nothing
   * changes and nothing is kept where `tuned` is empty.
   */
  readonly tiles: Tiles;
  /** The classes of shapes that were timed; others did not fit the budget. */
  readonly tuned: readonly {
    readonly shapes: TuneProgress["shapes"];
    /** Trials that were timed. */
    readonly trials: number;
    /** Time of the winner over the time before. */
    readonly ratio: number;
  }[];
}

/**
 * Times how matrix products may be cut into tiles on this very GPU, uses the fastest for what is prepared from now on, and
 * keeps them for the next openDevice("webgpu"): in the user's cache folder, or in a page's localStorage. Results stay within
 * the contract's tolerance; sums that are cut elsewhere may round differently, so tune before what must be repeated to the bit.
 * Other work on the device meanwhile makes the times, hence the choice, worse.
 * @throws ArgumentError for a device that is no GPU, or a budget that is no positive number
 * @example
 * const device = await openDevice("webgpu");
 * await tuneDevice(device, { milliseconds: 3000 });
 */
export const tuneDevice = async (device: Device, options: TuneOptions = {}): Promise<Tuning> => {
  if (device.kind !== "webgpu")
    throw new ArgumentError(`only a "webgpu" device can be tuned, but this is ${device.name}`);
  return (await import("./webgpu/tuning/tune-tiles.ts")).tuneTiles(device, options);
};
