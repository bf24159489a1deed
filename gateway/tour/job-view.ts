// A running job as lines of text: bar, time, what it is doing, and its loss as it falls.
import { bar, sparkline } from "./bar.ts";
import { duration } from "./figures.ts";
import { cut } from "./table.ts";

/** How a job stands. */
export type JobView = {
  readonly title: string;
  /** 0 to 1. */
  readonly progress: number;
  readonly seconds: number;
  readonly message: string;
  /** The values of the loss so far, the oldest first. */
  readonly losses: readonly number[];
};

/** The bar, and the bar of a narrow terminal, where words need the room. */
const BAR_WIDTH = 24;
const NARROW_BAR_WIDTH = 14;
const NARROW = 100;
/** Places of a curve at most: more would show noise. */
const CURVE_WIDTH = 60;
/** Places of a curve in a log line. */
const TOLD_CURVE = 24;

const share = (progress: number): string => `${Math.floor(100 * progress)} %`.padStart(5);

const lossOf = ({ losses }: JobView): string => `loss ${(losses.at(-1) ?? Number.NaN).toFixed(4)}`;

/** The lines of a terminal: the bar, and the loss below it once there is one. */
export const drawJob = (view: JobView, width: number): string[] => {
  const { title, progress, seconds, message, losses } = view;
  const barWidth = width < NARROW ? NARROW_BAR_WIDTH : BAR_WIDTH;
  const head = `${title}  ${bar(progress, barWidth)} ${share(progress)}  ${duration(seconds)}  ${message}`;
  if (losses.length === 0) return [cut(head, width)];
  const loss = `${lossOf(view)}  `;
  return [cut(head, width), loss + sparkline(losses, Math.min(CURVE_WIDTH, Math.max(0, width - loss.length)))];
};

/** The line of a log. */
export const tellJob = (view: JobView, width: number): string => {
  const { title, progress, seconds, message, losses } = view;
  const curve = losses.length === 0 ? "" : `  ${sparkline(losses, TOLD_CURVE)}`;
  return cut(`${title} ${share(progress)}  ${duration(seconds)}${curve}  ${message}`, width);
};
