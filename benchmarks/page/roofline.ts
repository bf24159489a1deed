// The roofline (Williams, Waterman, Patterson 2009): operations a byte across, operations a second up, both in powers. What
// memory can feed is a slope, what arithmetic can do is level; each dot is a case, and its distance to the roof is ours to gain.
import type { DeviceRoof } from "@millrace/core";
import type { Row } from "../row.ts";
import { dot, figure, hint, legend, line, svg, text } from "./svg.ts";

const [width, height] = [960, 520];
const margin = { left: 104, right: 24, top: 16, bottom: 46 };

interface Dot {
  readonly suite: string;
  readonly label: string;
  readonly intensity: number;
  readonly speed: number;
}

/** Cases whose kernels count operations. */
const dotsOf = (rows: readonly Row[]): Dot[] =>
  rows.flatMap(({ suite, case: name, flops = 0, bytes = 0, seconds = 0 }) =>
    flops > 0 && bytes > 0 && seconds > 0
      ? [{ suite, label: `${suite}: ${name}`, intensity: flops / bytes, speed: flops / seconds }]
      : [],
  );

/** Powers of ten around values. */
const decades = (values: readonly number[]): [number, number] => {
  const powers = values.map(Math.log10);
  return [Math.floor(Math.min(...powers)), Math.ceil(Math.max(...powers))];
};

const size = (bytes: number): string => (bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`);

/** The chart as SVG text. */
export const rooflineChart = (rows: readonly Row[], { flopsPerSecond, bandwidths }: DeviceRoof): string => {
  const dots = dotsOf(rows);
  const suites = [...new Set(dots.map(({ suite }) => suite))];
  const ridges = bandwidths.map(({ bytesPerSecond }) => flopsPerSecond / bytesPerSecond);
  const [left, right] = decades([...dots.map((dot) => dot.intensity), ...ridges, 0.1]);
  const [bottom, top] = decades([...dots.map((dot) => dot.speed), flopsPerSecond]);
  const x = (value: number): number =>
    margin.left + ((Math.log10(value) - left) / (right - left)) * (width - margin.left - margin.right);
  const y = (value: number): number =>
    height - margin.bottom - ((Math.log10(value) - bottom) / (top - bottom)) * (height - margin.top - margin.bottom);
  const range = (from: number, to: number): number[] =>
    Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i));
  const grid = [
    ...range(left, right).map(
      (at) =>
        line([x(at), margin.top], [x(at), height - margin.bottom], { class: "grid" }) +
        text(x(at), height - margin.bottom + 18, String(Number(at.toPrecision(1))), {
          class: "faint",
          "text-anchor": "middle",
        }),
    ),
    ...range(bottom, top).map(
      (at) =>
        line([margin.left, y(at)], [width - margin.right, y(at)], { class: "grid" }) +
        text(margin.left - 8, y(at) + 4, `${figure(at)}FLOP/s`, { class: "faint", "text-anchor": "end" }),
    ),
  ];
  const lowest = 10 ** left;
  // Slopes may lie close: a key at the lower right, where no case can be far below the roof, says which is which.
  const dashes = ["none", "8 4", "2 4"];
  const slopes = bandwidths.map(({ bytes, bytesPerSecond }, i) => {
    // A slope that would begin below the chart begins at its floor.
    const from = Math.max(lowest, 10 ** bottom / bytesPerSecond);
    const style = { class: "roof", "stroke-dasharray": dashes[i % dashes.length] ?? "none" };
    const [right, level] = [width - margin.right - 12, height - margin.bottom - 18 * (bandwidths.length - i)];
    return (
      line([x(from), y(from * bytesPerSecond)], [x(flopsPerSecond / bytesPerSecond), y(flopsPerSecond)], style) +
      line([right - 34, level], [right, level], style) +
      text(right - 42, level + 4, `copies of ${size(bytes)}: ${figure(bytesPerSecond)}B/s`, {
        class: "halo",
        "text-anchor": "end",
      })
    );
  });
  const level =
    line([x(Math.min(...ridges)), y(flopsPerSecond)], [width - margin.right, y(flopsPerSecond)], { class: "roof" }) +
    text(width - margin.right - 4, y(flopsPerSecond) - 7, `${figure(flopsPerSecond)}FLOP/s multiply-adds`, {
      class: "faint halo",
      "text-anchor": "end",
    });
  const marks = dots.map(({ suite, label, intensity, speed }) =>
    dot(
      suites.indexOf(suite),
      x(intensity),
      y(speed),
      hint(`${label}\n${figure(speed)}FLOP/s at ${intensity.toPrecision(3)} FLOP a byte`),
    ),
  );
  const names = legend(suites, margin.left, height + 16, width - margin.left - margin.right);
  return svg(
    width,
    height + names.height + 4,
    "Roofline of this device",
    ...grid,
    ...slopes,
    level,
    ...marks,
    text((margin.left + width - margin.right) / 2, height - 8, "operations a byte", {
      class: "faint",
      "text-anchor": "middle",
    }),
    names.marks,
  );
};
