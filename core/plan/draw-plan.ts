// A plan as a picture: one box a step from top to bottom, one lane a slot of memory beside them. An arrow leaves a box for
// the lane that it writes and enters the boxes that read it, so that a lane's line is how long that memory is in use. Behind the door in draw.ts.
import { describeType } from "@millrace/kernels";
import { nameStep } from "./describe-step.ts";
import type { Operand, Plan, Step } from "./plan.ts";
import { type DeviceRoof, predictPlan } from "./predict.ts";

const rowHeight = 18;
const boxWidth = 300;
const laneWidth = 26;
const margin = 16;
const gap = 14;
/** Lanes' labels rise at 40 degrees. */
const labelSlope = Math.sin((40 * Math.PI) / 180);
const letterWidth = 6.6;

/** Families of steps by the names of their ops, each with its colour; the last takes what no other does. */
const families: readonly { readonly name: string; readonly ops: RegExp; readonly colour: string }[] = [
  { name: "element-wise", ops: /^map$/, colour: "#cfe3ff" },
  { name: "product", ops: /matmul|convolution|attention/, colour: "#ffd9b3" },
  { name: "reduction", ops: /reduce|scan|softmax|crossEntropy|norm/i, colour: "#d5f0cf" },
  {
    name: "movement",
    ops: /transpose|slice|pad|concatenate|reshape|identity|gather|scatter|oneHot|Along$/,
    colour: "#e8e8ee",
  },
  { name: "other", ops: /./, colour: "#f3d9f2" },
];

const laneColours = { external: "#1f5fbf", constant: "#8a8a8a", temporary: "#c2571a" };

const familyOf = (step: Step) => families.find(({ ops }) => ops.test(step.op.name));

const escapeText = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

/** What fits a box, by the width of its letters. */
const shorten = (text: string, width: number): string => {
  const most = Math.floor(width / letterWidth);
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
};

const sizeText = (bytes: number): string =>
  bytes < 1024
    ? `${bytes} B`
    : bytes < 2 ** 20
      ? `${(bytes / 1024).toFixed(0)} KiB`
      : `${(bytes / 2 ** 20).toFixed(1)} MiB`;

interface Row {
  readonly operand: Operand;
  readonly direction: "in" | "out";
  readonly y: number;
  readonly note: string;
}

interface Box {
  readonly title: string;
  readonly colour: string;
  readonly tooltip: string;
  readonly top: number;
  readonly height: number;
  readonly rows: readonly Row[];
}

const text = (x: number, y: number, content: string, extra = ""): string =>
  `<text x="${x}" y="${y}"${extra}>${escapeText(content)}</text>`;

const layOut = (plan: Plan, begin: number, roof: DeviceRoof | undefined): Box[] => {
  const predicted = roof ? predictPlan(plan, roof) : [];
  let top = begin;
  const box = (
    title: string,
    colour: string,
    tooltip: string,
    inputs: readonly Operand[],
    outputs: readonly Operand[],
    notes: readonly string[],
  ): Box => {
    const operands = [...inputs, ...outputs];
    const rows = operands.map((operand, i): Row => {
      const isInput = i < inputs.length;
      return {
        operand,
        direction: isInput ? "in" : "out",
        y: top + rowHeight * (i + 1.5),
        note: isInput ? "" : (notes[i - inputs.length] ?? ""),
      };
    });
    const made = { title, colour, tooltip, top, height: rowHeight * (rows.length + 1.25), rows };
    top += made.height + gap;
    return made;
  };
  return plan.steps.map((step, i) =>
    box(
      `${i}  ${predicted[i] === undefined ? "" : `${predicted[i].toFixed(1)} us  `}${nameStep(step)}`,
      familyOf(step)?.colour ?? "#ffffff",
      `${step.op.name}: ${step.work.flops} operations, ${step.work.bytes} bytes`,
      step.inputs,
      step.outputs,
      step.aliases.map((alias) => (alias >= 0 ? " in place" : "")),
    ),
  );
};

const drawBox = ({ title, colour, tooltip, top, height, rows }: Box): string =>
  [
    `<g><title>${escapeText(tooltip)}</title>`,
    `<rect x="${margin}" y="${top}" width="${boxWidth}" height="${height}" rx="5" fill="${colour}" stroke="#55606e"/>`,
    text(margin + 8, top + 15, shorten(title, boxWidth - 16), ' font-weight="bold"'),
    ...rows.map(({ operand, direction, y, note }) =>
      text(
        margin + boxWidth - 8,
        y + 8,
        shorten(`${describeType(operand.type)}${note} ${direction === "in" ? "◂" : "▸"}`, boxWidth - 16),
        ' text-anchor="end"',
      ),
    ),
    "</g>",
  ].join("\n");

interface Lane {
  readonly slot: number;
  readonly label: string;
  readonly colour: string;
  /** Its content is there before the first step, or is read after the last. */
  readonly given: boolean;
  readonly kept: boolean;
}

/** A lane for each slot that a step, an argument or a result names, in the order of slots. */
const lanesOf = (plan: Plan): Lane[] => {
  const operands = [
    ...plan.arguments,
    ...plan.results,
    ...plan.steps.flatMap((step) => [...step.inputs, ...step.outputs]),
  ];
  return [...new Set(operands.map(({ slot }) => slot))]
    .sort((a, b) => a - b)
    .flatMap((slot): Lane[] => {
      const memory = plan.slots[slot];
      if (!memory) return [];
      const argument = plan.arguments.findIndex((operand) => operand.slot === slot);
      const result = plan.results.findIndex((operand) => operand.slot === slot);
      const roles = [
        ...(argument >= 0 ? [`argument ${argument}`] : []),
        ...(result >= 0 ? [`result ${result}`] : []),
        ...(argument < 0 && result < 0 ? [`${memory.kind} ${slot}`] : []),
      ];
      return [
        {
          slot,
          label: `${roles.join(", ")}: ${sizeText(memory.byteLength)}`,
          colour: laneColours[memory.kind],
          given: argument >= 0 || memory.kind === "constant",
          kept: result >= 0,
        },
      ];
    });
};

/** Stretches of a lane from a write to the last read of what was written: between them the memory is free. */
const stretchesOf = (
  uses: readonly Row[],
  lane: Lane,
  begin: number,
  bottom: number,
): (readonly [number, number])[] => {
  const stretches: [number, number][] = lane.given ? [[begin - 4, begin - 4]] : [];
  for (const { direction, note, y } of uses) {
    const last = stretches.at(-1);
    if (last && (direction === "in" || note !== "")) last[1] = y + 4;
    else stretches.push([y + 4, y + 4]);
  }
  const last = stretches.at(-1);
  if (last && lane.kept) last[1] = bottom;
  return stretches;
};

const drawLane = (lane: Lane, x: number, begin: number, bottom: number, boxes: readonly Box[]): string => {
  const { colour, label, slot } = lane;
  const uses = boxes.flatMap(({ rows }) => rows.filter(({ operand }) => operand.slot === slot));
  const edge = margin + boxWidth;
  return [
    `<g stroke="${colour}" fill="${colour}"><title>${escapeText(`slot ${slot}, ${label}`)}</title>`,
    text(x + 4, begin - 10, label, ` stroke="none" transform="rotate(-40 ${x + 4} ${begin - 10})"`),
    ...stretchesOf(uses, lane, begin, bottom).map(
      ([from, to]) => `<line x1="${x}" y1="${from}" x2="${x}" y2="${to}" stroke-width="2.5"/>`,
    ),
    ...(lane.kept ? [`<path d="M${x - 5} ${bottom - 8} L${x} ${bottom} L${x + 5} ${bottom - 8} Z"/>`] : []),
    ...uses.map(({ direction, y }) => {
      const line = `<line x1="${edge}" y1="${y + 4}" x2="${x}" y2="${y + 4}" stroke-opacity="0.55"/>`;
      return direction === "in"
        ? `${line}<path stroke="none" d="M${edge + 8} ${y} L${edge + 1} ${y + 4} L${edge + 8} ${y + 8} Z"/>`
        : `${line}<circle cx="${x}" cy="${y + 4}" r="4" stroke="none"/>`;
    }),
    "</g>",
  ].join("\n");
};

/** See draw.ts. */
export const drawPlan = (plan: Plan, roof?: DeviceRoof): string => {
  const lanes = lanesOf(plan);
  const longest = Math.max(0, ...lanes.map(({ label }) => label.length));
  const begin = Math.ceil(margin + 40 + letterWidth * longest * labelSlope);
  const boxes = layOut(plan, begin, roof);
  const bottom = Math.max(begin, ...boxes.map(({ top, height }) => top + height)) + gap;
  const { flops, bytes, dispatches, temporaryBytes } = plan.cost;
  const summary = `${dispatches} steps, ${flops} operations, ${bytes} bytes moved, ${temporaryBytes} bytes of temporaries`;
  const width = Math.ceil(
    margin +
      Math.max(
        boxWidth + laneWidth * (lanes.length + 1) + letterWidth * longest,
        letterWidth * summary.length + margin,
      ),
  );
  const height = Math.ceil(bottom + 2 * rowHeight + margin);
  const kinds = families.filter((family) => plan.steps.some((step) => familyOf(step) === family));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...kinds.flatMap(({ name, colour }, i) => [
      `<rect x="${margin}" y="${margin + 18 * i}" width="12" height="12" fill="${colour}" stroke="#55606e"/>`,
      text(margin + 18, margin + 10 + 18 * i, name),
    ]),
    ...lanes.map((lane, i) => drawLane(lane, margin + boxWidth + 30 + laneWidth * i, begin, bottom, boxes)),
    ...boxes.map(drawBox),
    text(margin, bottom + 1.5 * rowHeight, summary),
    "</svg>",
    "",
  ].join("\n");
};
