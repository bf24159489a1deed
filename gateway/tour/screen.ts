// What the tour shows: bars that are redrawn on a terminal and told every few seconds elsewhere, curves, tables.

const BAR_WIDTH = 24;
const QUIET_MILLISECONDS = 3_000;
const REDRAW_MILLISECONDS = 80;

/** A piece of work while it is shown. */
export type Bar = {
  /** 0 to 1, and what is done now. */
  update(fraction: number, message: string): void;
  /** Takes the bar away and leaves one line. */
  end(line: string): void;
};

export type Screen = { line(text?: string): void; heading(text: string): void; bar(title: string): Bar };

/** What a screen writes to: standard output, or a test's list. */
export type Output = { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };

/** A bar of blocks, such as `█████░░░`. */
export const drawBar = (fraction: number, width = BAR_WIDTH): string => {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return "█".repeat(full) + "░".repeat(width - full);
};

const LEVELS = "▁▂▃▄▅▆▇█";

/** A curve in one line: means of equal runs of its values, from the least (▁) to the greatest (█). */
export const drawCurve = (values: readonly number[], width = 24): string => {
  const finite = values.filter(Number.isFinite);
  const runs = Math.min(width, finite.length);
  const means = Array.from({ length: runs }, (_, run) => {
    const part = finite.slice(Math.floor((run * finite.length) / runs), Math.floor(((run + 1) * finite.length) / runs));
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const [least, greatest] = [Math.min(...means), Math.max(...means)];
  const top = LEVELS.length - 1;
  return means
    .map((mean) => LEVELS[greatest > least ? Math.round((top * (mean - least)) / (greatest - least)) : 0])
    .join("");
};

/** A table with its columns aligned: numbers, written as text, to the right; the first row is the head. */
export const drawTable = (rows: readonly (readonly string[])[], rightFrom = 1): string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const draw = (row: readonly string[]): string =>
    `  ${row
      .map((cell, column) =>
        column < rightFrom ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")}`.trimEnd();
  const [head = [], ...body] = rows;
  const rule = `  ${widths.map((width) => "─".repeat(width)).join("──")}`;
  return [draw(head), rule, ...body.map(draw)];
};

/** A screen on an output: a terminal's lines are redrawn, a file's or pipe's are told at intervals. */
export const createScreen = (output: Output): Screen => {
  const width = output.columns ?? 100;
  const line = (text = ""): void => void output.write(`${text}\n`);
  return {
    line,
    heading: (text) => line(`\n${output.isTTY ? `\u001b[1m${text}\u001b[22m` : text}`),
    bar(title) {
      let last = performance.now();
      let shown = "";
      return {
        update(fraction, message) {
          const now = performance.now();
          const interval = output.isTTY ? REDRAW_MILLISECONDS : QUIET_MILLISECONDS;
          if (now - last < interval) return;
          last = now;
          const percent = `${Math.floor(100 * fraction)} %`.padStart(5);
          const text = `  ${title.padEnd(20)} ${drawBar(fraction)} ${percent}  ${message}`;
          if (!output.isTTY) {
            if (text !== shown) line(text);
            shown = text;
            return;
          }
          output.write(`\r\u001b[2K${text.length >= width ? `${text.slice(0, width - 2)}…` : text}`);
          shown = text;
        },
        end(text) {
          if (output.isTTY) output.write("\r\u001b[2K");
          line(`  ${title.padEnd(20)} ${text}`);
        },
      };
    },
  };
};
