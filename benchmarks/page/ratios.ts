// Our speed over each peer's, case by case, as bars from 1 on a scale of powers: to the right we are faster.
import type { Row } from "../row.ts";
import { element, hint, legend, line, series, svg, text } from "./svg.ts";

const width = 960;
const labelWidth = 300;
const barHeight = 13;

/** Steps of the scale, as far as a ratio goes. */
const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** The chart as SVG text. */
export const ratioChart = (rows: readonly Row[]): string => {
  const peers = [...new Set(rows.flatMap((row) => row.peers.map(({ name }) => name)))];
  const shown = rows.filter((row) => row.peers.length > 0);
  const farthest = Math.max(2, ...shown.flatMap((row) => row.peers.map(({ ratio }) => ratio)));
  const nearest = Math.min(0.5, ...shown.flatMap((row) => row.peers.map(({ ratio }) => ratio)));
  const [low, high] = [Math.log(nearest), Math.log(farthest)];
  // Room at the right for the last figure.
  const x = (ratio: number): number =>
    labelWidth + 16 + ((Math.log(ratio) - low) / (high - low)) * (width - labelWidth - 90);
  const names = legend(peers, labelWidth + 16, 14, width - labelWidth - 90);
  const top = names.height + 22;
  let y = top;
  const groups = shown.map((row) => {
    const first = y;
    const bars = row.peers.map(({ name, ratio, value }) => {
      const from = Math.min(x(1), x(ratio));
      const bar =
        element(
          "rect",
          {
            x: from,
            y,
            width: Math.max(1, Math.abs(x(ratio) - x(1))),
            height: barHeight - 2,
            fill: series(peers.indexOf(name)),
          },
          hint(`${row.case}: ${row.value.toPrecision(3)} against ${name}'s ${value.toPrecision(3)} ${row.unit}`),
        ) +
        text(Math.max(x(ratio), x(1)) + 5, y + barHeight - 3, `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)}x`, {
          class: "halo",
          "font-size": 11,
        });
      y += barHeight;
      return bar;
    });
    const middle = (first + y) / 2 + 3;
    const name = `${row.suite}: ${row.case}`;
    // Labels end before the bars; longer ones are cut, and whole in the hint.
    const label = name.length > 46 ? `${name.slice(0, 45)}…` : name;
    y += 8;
    return element("g", {}, hint(name), text(labelWidth, middle, label, { "text-anchor": "end" }), ...bars);
  });
  const scale = [...steps.filter((step) => step > 1).map((step) => 1 / step), ...steps]
    .filter((step) => step >= nearest && step <= farthest)
    .map(
      (step) =>
        line([x(step), top - 6], [x(step), y], { class: step === 1 ? "one" : "grid" }) +
        text(x(step), y + 16, step >= 1 ? `${step}x` : `1/${Math.round(1 / step)}`, {
          class: "faint",
          "text-anchor": "middle",
        }),
    );
  return svg(width, y + 26, "Ratios to the peers", names.marks, ...scale, ...groups);
};
