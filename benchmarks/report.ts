// The table on the terminal: a line a case, our value beside its roof, and each peer's with our ratio to it.
import type { Comparison } from "./compare.ts";
import type { Machine } from "./machine.ts";
import type { PeerResult, Row } from "./row.ts";

const number = (value: number): string =>
  value >= 100
    ? value.toFixed(0)
    : value >= 10
      ? value.toFixed(1)
      : value >= 0.1
        ? value.toFixed(2)
        : value.toPrecision(2);
const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

export const describeRun = (machine: Machine, roundCount: number, milliseconds: number): string =>
  [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.platform}; Node ${machine.node} (V8 ${machine.v8}); commit ${machine.commit}`,
    `median of ${roundCount} turns of ${milliseconds} ms each, +- half the distance between quartiles; ratio is ours over theirs, "~" marks a peer whose turns lie more than 5 % apart`,
  ].join("\n");

/** A peer's value with our ratio to it; "~" where its turns lie far apart. */
const peerCell = ({ value, spread, ratio }: PeerResult): string =>
  `${spread > 0.05 ? "~" : ""}${number(value)} (${ratio.toFixed(2)}x)`;

/** Cells of one row, but for the peers'. */
const cells = (row: Row): string[] => [
  row.case,
  String(row.threads),
  `${number(row.value)} ${row.unit}`,
  `+-${percent(row.spread)}`,
  number(row.roof),
  percent(row.shareOfRoof),
];

/** Lines of aligned columns, the first to the left. */
const align = (head: readonly string[], body: readonly (readonly string[])[]): string => {
  const widths = head.map((title, i) => Math.max(title.length, ...body.map((line) => (line[i] ?? "").length)));
  const line = (texts: readonly string[]): string =>
    texts.map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join("  ");
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
};

/** Rows of one suite that share their peers. */
export const table = (rows: readonly Row[], peerNames: readonly string[]): string =>
  align(
    ["case", "threads", "ours", "", "roof", "of roof", ...peerNames],
    rows.map((row) => [
      ...cells(row),
      ...peerNames.map((name) => {
        const peer = row.peers.find((candidate) => candidate.name === name);
        return peer ? peerCell(peer) : "-";
      }),
    ]),
  );

/** Two runs, case by case, those that fell behind first. */
export const comparisonTable = (comparisons: readonly Comparison[]): string => {
  const signed = (share: number): string => `${share < 0 ? "-" : "+"}${percent(Math.abs(share))}`;
  const fallen = comparisons.filter(({ regressed }) => regressed).length;
  const sorted = [...comparisons].sort((a, b) => a.change / a.noise - b.change / b.noise);
  const rows = sorted.map((one) => [
    `${one.suite}: ${one.case}`,
    String(one.threads),
    signed(one.change),
    percent(one.noise),
    one.yardsticks.join(", "),
    one.regressed ? "REGRESSED" : one.change > one.noise ? "faster" : "",
  ]);
  return [
    `${fallen} of ${comparisons.length} cases fell behind the recorded run by more than the noise of both`,
    align(["case", "threads", "change", "noise", "against", ""], rows),
  ].join("\n");
};
