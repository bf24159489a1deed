// Bars, curves, tables and figures as text.
import { bar, sparkline } from "@millrace/gateway/tour/bar.ts";
import { amount, byteSize, duration, grouped, percent, work } from "@millrace/gateway/tour/figures.ts";
import { drawJob, tellJob } from "@millrace/gateway/tour/job-view.ts";
import { cut, drawTable, wrap } from "@millrace/gateway/tour/table.ts";
import { describe, expect, test } from "vitest";

describe("a bar", () => {
  test.each([
    [0, 4, "░░░░"],
    [0.5, 4, "██░░"],
    [1, 4, "████"],
    [0.5, 1, "▌"],
    [1 / 8 / 4, 4, "▏░░░"],
    [2, 3, "███"],
    [-1, 3, "░░░"],
  ])("of %d in %d places is %s", (share, width, drawn) => {
    expect(bar(share, width)).toBe(drawn);
  });

  test("is as wide as it should be at every share", () => {
    for (let share = 0; share <= 1; share += 0.001) expect([...bar(share, 10)]).toHaveLength(10);
  });
});

describe("a curve", () => {
  test("runs from the full block to the lowest", () => {
    expect(sparkline([8, 4, 2, 1], 4)).toBe("█▄▂▁");
  });

  test("shows the mean of its share of the points, as many characters as there is room for", () => {
    expect(sparkline([7, 9, 3, 5, 1, 3, 0, 2], 4)).toBe(sparkline([8, 4, 2, 1], 4));
  });

  test("shows what follows a steep beginning", () => {
    const tail = Array.from({ length: 30 }, (_, index) => 2 - index / 30);
    expect(new Set(sparkline([1000, 500, ...tail], 32)).size).toBe(8);
  });

  test("of nothing is nothing, of equal values is flat, and what is not a number is left out", () => {
    expect(sparkline([], 8)).toBe("");
    expect(sparkline([3, 3, 3], 8)).toBe("▁▁▁");
    expect(sparkline([8, Number.NaN, 4, 2, Number.POSITIVE_INFINITY, 1], 4)).toBe("█▄▂▁");
  });
});

describe("a table", () => {
  const table = {
    columns: [{ head: "job" }, { head: "seconds", right: true }],
    rows: [
      ["import of the flights", "1.50"],
      ["train", "15.10"],
    ],
    sum: ["sum", "16.60"],
  };

  test("aligns text to the left and numbers to the right, with the sum under a rule", () => {
    expect(drawTable(table, 80)).toEqual([
      "job                    seconds",
      "─────────────────────  ───────",
      "import of the flights     1.50",
      "train                    15.10",
      "─────────────────────  ───────",
      "sum                      16.60",
    ]);
  });

  test("takes the room that it lacks from its text, not from its numbers", () => {
    expect(drawTable(table, 20)[2]).toBe("import of…      1.50");
    expect(drawTable(table, 20)[3]).toBe("train          15.10");
  });

  test("is never wider than it may be", () => {
    for (let width = 5; width < 40; width++) {
      for (const line of drawTable(table, width)) expect([...line].length, line).toBeLessThanOrEqual(width);
    }
  });
});

test("text is cut with an ellipsis and broken at spaces, but not between a number and its unit", () => {
  expect(cut("penguins", 8)).toBe("penguins");
  expect(cut("penguins", 5)).toBe("peng…");
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap(`kept ${byteSize(108_000)}`, 9)).toEqual(["kept", "108\u00a0kB"]);
});

test("figures have their unit and the digits that matter", () => {
  const plain = (text: string): string => text.replaceAll("\u00a0", " ");
  expect(grouped(3_000_000)).toBe("3,000,000");
  expect([0.42, 9.994, 12.34, 83, 119.7].map(duration).map(plain)).toEqual([
    "0.42 s",
    "9.99 s",
    "12.3 s",
    "83.0 s",
    "2 min 0 s",
  ]);
  expect([0, 999, 4183, 13_833_801].map(byteSize).map(plain)).toEqual(["0 B", "999 B", "4.2 kB", "13.8 MB"]);
  expect(plain(work(83.6e9))).toBe("83.6 GFLOP");
  expect(plain(percent(0.2047))).toBe("20.5 %");
  expect(amount("0.00037361")).toBe("0.000374");
});

describe("a running job", () => {
  const view = {
    title: "flights",
    progress: 0.5,
    seconds: 12.34,
    message: "training, epoch 1 of 2",
    losses: [8, 4, 2, 1],
  };

  test("is a bar with its loss below it on a terminal, within its width", () => {
    const [head, loss] = drawJob(view, 78);
    expect(head).toBe("flights  ███████░░░░░░░  50 %  12.3\u00a0s  training, epoch 1 of 2");
    expect(loss).toBe("loss 1.0000  █▄▂▁");
    for (const line of drawJob(view, 40)) expect([...line].length).toBeLessThanOrEqual(40);
    expect(drawJob({ ...view, losses: [] }, 78)).toHaveLength(1);
  });

  test("is one line of a log", () => {
    expect(tellJob(view, 100)).toBe("flights  50 %  12.3\u00a0s  █▄▂▁  training, epoch 1 of 2");
  });
});
