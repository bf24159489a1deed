// One line of a benchmark's result: what the JSON holds and the table shows.
import { median, spreadOf } from "./measure.ts";
import { type Measure, scaleOf, type Unit } from "./workloads/task.ts";

export interface PeerResult {
  readonly name: string;
  readonly version: string;
  readonly value: number;
  /** Half the distance between the quartiles of the turns, as a share of the median. */
  readonly spread: number;
  /** Our value over theirs: above 1, ours is faster. */
  readonly ratio: number;
}

export interface Row {
  readonly suite: string;
  readonly case: string;
  readonly device: string;
  readonly threads: number;
  readonly unit: Unit;
  /** Median over the turns; higher is better, in every unit. */
  readonly value: number;
  readonly spread: number;
  /** What this machine can do at most, measured in the same run, in the same unit. */
  readonly roof: number;
  /** Half the distance between the quartiles of its turns, as a share of the median; older runs did not keep it. */
  readonly roofSpread?: number;
  readonly shareOfRoof: number;
  /** Median time of one run of ours. */
  readonly seconds?: number;
  /** Operations and bytes of one run of ours, as its kernels define them: the place on a roofline. */
  readonly flops?: number;
  readonly bytes?: number;
  readonly peers: readonly PeerResult[];
}

/** Median seconds of each turn of one participant. */
export type Turns = readonly number[];

/** Speed of a participant in the unit of the case, and how far its turns lie apart. */
export const speedOf = (turns: Turns, measure: Measure): { readonly value: number; readonly spread: number } => {
  const speeds = turns.map((seconds) => measure.amount / seconds / scaleOf(measure.unit));
  return { value: median(speeds), spread: spreadOf(speeds) };
};

/**
 * The roof in the unit of the case. A function's elements are 8 bytes each, read once and written once, so that the copy
 * roof in bytes becomes one in elements by that factor; the other roofs are in the unit already.
 */
export const roofOf = (turns: Turns, amount: number, measure: Measure): number => {
  const speed = median(turns.map((seconds) => amount / seconds)) / scaleOf(measure.unit);
  return measure.unit === "Gelem/s" ? speed / (measure.bytes / measure.amount) : speed;
};
