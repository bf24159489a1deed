// What the tour prints on: a terminal, where a running job is redrawn in place, or a log, where it is told every two
// seconds. All lines fit the width there is.
import { styleText } from "node:util";
import { cut, drawTable, type Table, wrap } from "./table.ts";

/** Where text goes: a standard stream, or a list in a test. */
export type Output = { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };

/** Lines that change until they are cleared. */
export type Live = {
  /** Shows how it stands now: `drawn` on a terminal, `told` in a log. */
  show(view: { readonly drawn: readonly string[]; readonly told: string }): void;
  /** Takes the drawn lines away. */
  clear(): void;
};

export type Screen = {
  /** Characters of a line. */
  readonly width: number;
  /** The numbered title of the next step. */
  step(title: string): void;
  /** A paragraph. */
  say(text: string): void;
  /** A thing that is done. */
  done(text: string): void;
  /** What is to be said of it, under it. */
  note(text: string): void;
  /** Lines as they are: code, or a picture. */
  lines(lines: readonly string[]): void;
  table(table: Table): void;
  live(): Live;
};

/** No-break spaces have done their work once lines are broken. */
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

const INDENT = "  ";
/** The width of a log, and the widest that is pleasant to read. */
const LOG_WIDTH = 100;
const MOST_WIDTH = 120;
const LEAST_WIDTH = 40;
const TOLD_MILLISECONDS = 2_000;
/** Control sequences of ECMA-48: up by lines, erase to the end of the line, erase to the end of the screen. */
const up = (lines: number): string => (lines > 0 ? `\u001b[${lines}A` : "");
const ERASE_LINE = "\u001b[K";
const ERASE_BELOW = "\u001b[J";

const liveOnTerminal = (output: Output, fit: (line: string) => string): Live => {
  let height = 0;
  return {
    show({ drawn }) {
      const lines = drawn.map((line) => `${fit(line)}${ERASE_LINE}\n`).join("");
      output.write(up(height) + lines + ERASE_BELOW);
      height = drawn.length;
    },
    clear() {
      output.write(up(height) + ERASE_BELOW);
      height = 0;
    },
  };
};

const liveInLog = (output: Output, fit: (line: string) => string, clock: () => number): Live => {
  // A job that is over before its first line is due is told by what it left.
  let last = clock();
  return {
    show({ told }) {
      if (clock() - last < TOLD_MILLISECONDS) return;
      last = clock();
      output.write(`${fit(told)}\n`);
    },
    clear() {},
  };
};

/** A screen on an output. The clock counts milliseconds. */
export const createScreen = (output: Output, clock: () => number = () => performance.now()): Screen => {
  const terminal = output.isTTY === true;
  // Colours obey NO_COLOR, and a log has none.
  const colours = terminal && (process.env.NO_COLOR ?? "") === "";
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    colours ? styleText(format, text, { validateStream: false }) : text;
  // The last column stays free: some terminals break the line when it is filled.
  const width = (): number =>
    Math.max(LEAST_WIDTH, Math.min(MOST_WIDTH, terminal ? (output.columns ?? 80) - 1 : LOG_WIDTH));
  const inner = (): number => width() - INDENT.length;
  const print = (line: string): void => {
    output.write(`${plain(line).trimEnd()}\n`);
  };
  const fit = (line: string): string => INDENT + cut(plain(line), inner());
  let steps = 0;
  return {
    get width() {
      return inner();
    },
    step(title) {
      const head = `${++steps}. ${title} `;
      print("");
      print(style("bold", head) + style("dim", "─".repeat(Math.max(0, width() - [...head].length))));
    },
    say(text) {
      for (const line of wrap(text, inner())) print(INDENT + line);
    },
    done(text) {
      for (const [index, line] of wrap(text, inner() - 2).entries()) {
        print(`${INDENT}${index === 0 ? style("green", "✓") : " "} ${line}`);
      }
    },
    note(text) {
      for (const line of wrap(text, inner() - 2)) print(`${INDENT}  ${line}`);
    },
    lines(lines) {
      for (const line of lines) print(INDENT + line);
    },
    table(table) {
      print("");
      for (const [index, line] of drawTable(table, inner()).entries()) {
        print(INDENT + (index === 0 ? style("bold", line) : line));
      }
      print("");
    },
    live: () => (terminal ? liveOnTerminal(output, fit) : liveInLog(output, fit, clock)),
  };
};
