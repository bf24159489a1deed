// Tables in plain text, cut to the width there is.

/** A column's head; numbers stand to the right. */
export type TableColumn = { readonly head: string; readonly right?: boolean };
export type Table = {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly string[])[];
  /** A last row under a rule of its own. */
  readonly sum?: readonly string[];
};

/** How many characters a text takes on the terminal: ours are all one wide. */
const widthOf = (text: string): number => [...text].length;

/** A text cut to a width, its end shown by an ellipsis. */
export const cut = (text: string, width: number): string => {
  if (widthOf(text) <= width) return text;
  return width < 1
    ? ""
    : `${[...text]
        .slice(0, width - 1)
        .join("")
        .trimEnd()}…`;
};

const GAP = "  ";
const LEAST = 8;

/** Takes from the widest left-aligned column until all fit, as far as it can be read. */
const fitWidths = (natural: readonly number[], columns: readonly TableColumn[], width: number): number[] => {
  const widths = [...natural];
  const total = () => widths.reduce((sum, own) => sum + own, 0) + GAP.length * (widths.length - 1);
  while (total() > width) {
    const candidates = widths.map((own, index) => (columns[index]?.right === true || own <= LEAST ? 0 : own));
    const widest = Math.max(...candidates);
    if (widest === 0) break;
    widths[candidates.indexOf(widest)] = widest - 1;
  }
  return widths;
};

/**
 * The lines of a table: heads, a rule, rows, and the sum under a second rule. No line is wider than `width`.
 *
 * @example
 * drawTable({ columns: [{ head: "job" }, { head: "s", right: true }], rows: [["import", "0.4"]] }, 80);
 * // ["job       s", "──────  ───", "import  0.4"]
 */
export const drawTable = ({ columns, rows, sum }: Table, width: number): string[] => {
  const all = [columns.map(({ head }) => head), ...rows, ...(sum ? [sum] : [])];
  const natural = columns.map((_, index) => Math.max(...all.map((row) => widthOf(row[index] ?? ""))));
  const widths = fitWidths(natural, columns, width);
  const draw = (row: readonly string[]): string => {
    const cells = widths.map((own, index) => {
      const text = cut(row[index] ?? "", own);
      const space = " ".repeat(own - widthOf(text));
      return columns[index]?.right === true ? space + text : text + space;
    });
    return cut(cells.join(GAP).trimEnd(), width);
  };
  const rule = cut(widths.map((own) => "─".repeat(own)).join(GAP), width);
  return [draw(columns.map(({ head }) => head)), rule, ...rows.map(draw), ...(sum ? [rule, draw(sum)] : [])];
};

/** A paragraph as lines of at most `width` characters, broken at spaces. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
};
