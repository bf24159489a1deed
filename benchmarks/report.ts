// The table on the terminal: a line a case, our value beside its roof, and each peer's with our ratio to it.
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

/** Rows of one suite that share their peers, as lines of aligned columns. */
export const table = (rows: readonly Row[], peerNames: readonly string[]): string => {
  const head = ["case", "threads", "ours", "", "roof", "of roof", ...peerNames];
  const body = rows.map((row) => {
    return [
      ...cells(row),
      ...peerNames.map((name) => {
        const peer = row.peers.find((candidate) => candidate.name === name);
        return peer ? peerCell(peer) : "-";
      }),
    ];
  });
  const widths = head.map((title, i) => Math.max(title.length, ...body.map((line) => (line[i] ?? "").length)));
  const line = (texts: readonly string[]): string =>
    texts.map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join("  ");
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
};
