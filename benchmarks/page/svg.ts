// SVG by hand: two charts need a dozen kinds of mark, which is less than a charting library's configuration.

type Attributes = Readonly<Record<string, string | number>>;

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[mark] ?? mark);

/** An element with its children, as text. */
export const element = (name: string, attributes: Attributes, ...children: readonly string[]): string => {
  const given = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escaped(typeof value === "number" ? String(Math.round(value * 100) / 100) : value)}"`,
  );
  return `<${name}${given.join("")}>${children.join("")}</${name}>`;
};

export const text = (x: number, y: number, content: string, attributes: Attributes = {}): string =>
  element("text", { x, y, ...attributes }, escaped(content));

export const line = (from: readonly [number, number], to: readonly [number, number], attributes: Attributes): string =>
  element("line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1], ...attributes });

/** What a pointer that rests on its element is told. */
export const hint = (content: string): string => element("title", {}, escaped(content));

export const svg = (width: number, height: number, label: string, ...children: readonly string[]): string =>
  element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, ...children);

/** Colours that stay apart from each other, in the light and in the dark. */
export const series = (index: number): string => `var(--series-${index % 8})`;

/** A dot of a series; those that share a colour with one of the first eight are rings. */
export const dot = (index: number, cx: number, cy: number, ...children: readonly string[]): string =>
  element(
    "circle",
    index % 16 < 8
      ? { cx, cy, r: 5.5, fill: series(index), stroke: "var(--ground)", "stroke-width": 1.5 }
      : { cx, cy, r: 4.5, fill: "var(--ground)", stroke: series(index), "stroke-width": 2.5 },
    ...children,
  );

/** Three significant digits, and a unit of a thousand's power. */
export const figure = (value: number): string => {
  const units = [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const;
  const [scale, prefix] = units.find(([size]) => value >= size) ?? [1, ""];
  const scaled = value / scale;
  return `${scaled >= 100 ? scaled.toFixed(0) : Number(scaled.toPrecision(3))}${prefix ? ` ${prefix}` : " "}`;
};

/** A legend of coloured marks from a place on, cut into lines of a width; gives the lines and their height. */
export const legend = (
  names: readonly string[],
  x: number,
  y: number,
  width: number,
): { readonly marks: string; readonly height: number } => {
  let [left, top] = [x, y];
  const marks = names.map((name, i) => {
    // Seven units a letter is more than these fonts take.
    const room = 24 + 7 * name.length;
    if (left > x && left + room > x + width) [left, top] = [x, top + 20];
    const mark = dot(i, left + 5, top - 4) + text(left + 15, top, name);
    left += room;
    return mark;
  });
  return { marks: marks.join(""), height: names.length > 0 ? top - y + 20 : 0 };
};
