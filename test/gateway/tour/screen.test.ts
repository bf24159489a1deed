// What a terminal and a log get to see.
import { stripVTControlCharacters } from "node:util";
import { createScreen } from "@millrace/gateway/tour/screen.ts";
import { describe, expect, test } from "vitest";

const listing = (given: { isTTY?: boolean; columns?: number } = {}) => {
  const written: string[] = [];
  return { ...given, written, write: (text: string) => written.push(text) };
};

describe("a terminal", () => {
  test("has a running job redrawn in place and taken away at its end", () => {
    const output = listing({ isTTY: true, columns: 80 });
    const live = createScreen(output).live();
    live.show({ drawn: ["half"], told: "" });
    live.show({ drawn: ["done", "loss 1"], told: "" });
    live.clear();
    expect(output.written).toEqual([
      "  half\u001b[K\n\u001b[J",
      "\u001b[1A  done\u001b[K\n  loss 1\u001b[K\n\u001b[J",
      "\u001b[2A\u001b[J",
    ]);
  });

  test.each([60, 80, 120])("of %i columns has no line that reaches its last column", (columns) => {
    const output = listing({ isTTY: true, columns });
    const screen = createScreen(output);
    const long = "three million flights and where their airports are ".repeat(5).trim();
    screen.step("A title");
    screen.say(long);
    screen.done(long);
    screen.note(long);
    screen.table({ columns: [{ head: "name" }], rows: [[long]] });
    screen.live().show({ drawn: [long], told: "" });
    const plain = stripVTControlCharacters(output.written.join(""));
    for (const line of plain.split("\n")) expect([...line].length, line).toBeLessThan(columns);
  });
});

test("a log has a running job told every two seconds, and no control sequences", () => {
  const output = listing();
  let now = 0;
  const screen = createScreen(output, () => now);
  screen.step("A title");
  const live = screen.live();
  for (; now <= 5_000; now += 100) live.show({ drawn: ["never"], told: `at ${now}` });
  live.clear();
  screen.done("done");
  expect(output.written.slice(2)).toEqual(["  at 2000\n", "  at 4000\n", "  ✓ done\n"]);
  expect(output.written.join("")).not.toContain("\u001b");
});
