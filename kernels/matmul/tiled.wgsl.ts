// Products by register tiles. Each round a workgroup copies a tile of both operands (zeros past the edges) to its memory, four
// elements at once and as they lie, so that no operand is turned around; each thread adds the outer products of `depth`
// terms to its own rows and columns. Loops over registers are written out, since Tint unrolls nothing.
import { entry, indent } from "../contract/dispatch.wgsl.ts";
import type { Tile } from "../contract/tiles.ts";
import { type Form, head, putSums, sliceText } from "./form.wgsl.ts";
import type { Operand } from "./operand.wgsl.ts";
import { threadsOf, tileVectors } from "./tiles.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const component = "xyzw";
/** Rows of tiles that are walked together, so that neighbouring workgroups share both operands in the cache. */
const band = 8;

/** How one operand passes through workgroup memory. */
interface Passage {
  readonly operand: Operand;
  readonly outputs: number;
  /** Threads that share its outputs. */
  readonly threads: number;
  readonly first: string;
  readonly own: string;
}

/** Vectors that a thread copies a round; where they do not come out even, the last is guarded. */
const copies = ({ outputs }: Passage, depth: number, threads: number) => {
  const vectors = (outputs * depth) / 4;
  return { vectors, count: Math.ceil(vectors / threads), even: vectors % threads === 0 };
};

const passText = (passage: Passage, depth: number, threads: number) => {
  const { operand, outputs, first } = passage;
  const { name, along } = operand;
  const { vectors, count, even } = copies(passage, depth, threads);
  const perRun = along === "terms" ? depth / 4 : outputs / 4;
  const at = (c: number): string => (c === 0 ? "lane" : `(lane + ${c * threads}u)`);
  const run = (c: number): string => `${at(c)} / ${perRun}u`;
  const four = (c: number): string => `${at(c)} % ${perRun}u`;
  const fetch = (c: number, start: string): string =>
    along === "terms"
      ? `${name}Four(${name}Base, ${first} + ${run(c)}, ${start} + 4u * (${four(c)}), last)`
      : `${name}Four(${name}Base, ${first} + 4u * (${four(c)}), ${start} + ${run(c)}, last)`;
  const stride = along === "terms" ? perRun + 1 : perRun;
  return {
    declare: range(count).map((c) => `var ${name}Next${c} = vec4f();`),
    fetch: (start: string) => range(count).map((c) => `${name}Next${c} = ${fetch(c, start)};`),
    put: range(count).map((c) => {
      const statement = `${name}Tile[${run(c)} * ${stride}u + ${four(c)}] = ${name}Next${c};`;
      return even || c < count - 1 ? statement : `if (${at(c)} < ${vectors}u) { ${statement} }`;
    }),
  };
};

/** Output number `i` of a thread's own, within the tile: vectors of outputs lie together, runs of terms apart. */
const ownOutput = ({ operand, threads, own }: Passage, i: number): string =>
  operand.along === "terms"
    ? `${own} + ${i * threads}u`
    : `4u * (${own} + ${Math.floor(i / 4) * threads}u)${i % 4 ? ` + ${i % 4}u` : ""}`;

/** Statements that read four terms `q` of the thread's own outputs, and the name of output `i` at term `j` of them. */
const readText = (passage: Passage, count: number) => {
  const { operand, outputs, threads, own } = passage;
  const { name, along } = operand;
  return along === "terms"
    ? {
        before: (stride: number) =>
          range(count).map((i) => `let ${name}${i} = ${name}Tile[(${own} + ${i * threads}u) * ${stride}u + q];`),
        each: () => [],
        value: (i: number, j: number) => `${name}${i}.${component[j]}`,
        vector: (g: number, j: number) =>
          `vec4f(${[0, 1, 2, 3].map((c) => `${name}${4 * g + c}.${component[j]}`).join(", ")})`,
      }
    : {
        before: () => [],
        each: (j: number) =>
          range(count / 4).map(
            (g) => `let ${name}${j}_${g} = ${name}Tile[(4u * q + ${j}u) * ${outputs / 4}u + ${own} + ${g * threads}u];`,
          ),
        value: (i: number, j: number) => `${name}${j}_${Math.floor(i / 4)}.${component[i % 4]}`,
        vector: (g: number, j: number) => `${name}${j}_${g}`,
      };
};

/** Where a thread stands in the tile: a patch of 4 x 8 for each 32, so that a warp reads few different words. */
const standing = (down: number, across: number): string =>
  down % 4 === 0 && across % 8 === 0
    ? `let ownRow = lane / 32u / ${across / 8}u * 4u + lane % 32u / 8u;
let ownColumn = lane / 32u % ${across / 8}u * 8u + lane % 8u;`
    : `let ownRow = lane / ${across}u;
let ownColumn = lane % ${across}u;`;

/** Which tile of which matrix a workgroup has: bands of rows, column by column. */
export const tilePlace = (
  rows: number,
  columns: number,
): string => `let tilesAcross = (parameter(1) + ${columns - 1}u) / ${columns}u;
let tilesDown = (parameter(0) + ${rows - 1}u) / ${rows}u;
let matrix = workgroup / (tilesAcross * tilesDown);
if (matrix >= parameter(7)) { return; }
let inMatrix = workgroup % (tilesAcross * tilesDown);
let bandRow = inMatrix / (${band}u * tilesAcross) * ${band}u;
let inBand = inMatrix - bandRow * tilesAcross;
let bandRows = min(${band}u, tilesDown - bandRow);
let firstRow = (bandRow + inBand % bandRows) * ${rows}u;
let firstColumn = inBand / bandRows * ${columns}u;`;

export const tiledSource = (tile: Tile, form: Form): string => {
  const { rows, columns, depth, ownRows, ownColumns, ahead } = tile;
  const [down, across, threads] = [rows / ownRows, columns / ownColumns, threadsOf(tile)];
  const left: Passage = { operand: form.a, outputs: rows, threads: down, first: "firstRow", own: "ownRow" };
  const right: Passage = { operand: form.b, outputs: columns, threads: across, first: "firstColumn", own: "ownColumn" };
  const passages = [left, right].map((passage) => passText(passage, depth, threads));
  const fetch = (start: string): string[] => passages.flatMap((passage) => passage.fetch(start));
  const a = readText(left, ownRows);
  const b = readText(right, ownColumns);
  const groups = range(ownColumns / 4);
  const stride = depth / 4 + 1;
  const body = [
    ...a.before(stride),
    ...b.before(stride),
    ...range(4).flatMap((j) => [
      ...a.each(j),
      ...b.each(j),
      ...(form.b.along === "terms" ? groups.map((g) => `let b${j}_${g} = ${b.vector(g, j)};`) : []),
      ...range(ownRows).flatMap((r) =>
        groups.map((g) => `sum${r}_${g} = fma(vec4f(${a.value(r, j)}), b${j}_${g}, sum${r}_${g});`),
      ),
    ]),
  ];
  const write = range(ownRows).flatMap((r) =>
    groups.map((g) => {
      const sums = [...component].map((c) => `sum${r}_${g}.${c}`);
      const row = `firstRow + ${ownOutput(left, r)}`;
      return `{
  let row = ${row};
${indent(
  form.b.along === "outputs"
    ? `let column = firstColumn + ${ownOutput(right, 4 * g)};\n${putSums(form, "row", "row", "column", sums)}`
    : sums
        .map(
          (sum, c) => `{
  let column = firstColumn + ${ownOutput(right, 4 * g + c)};
${indent(putSums(form, "row", "row", "column", [sum]))}
}`,
        )
        .join("\n"),
)}
}`;
    }),
  );
  const put = passages.flatMap((passage) => passage.put);
  return `${head(form)}
var<workgroup> aTile: array<vec4f, ${tileVectors(rows, depth, form.a.along)}>;
var<workgroup> bTile: array<vec4f, ${tileVectors(columns, depth, form.b.along)}>;
${entry(
  `
${tilePlace(rows, columns)}
${sliceText}
${standing(down, across)}
${range(ownRows)
  .flatMap((r) => groups.map((g) => `var sum${r}_${g} = vec4f();`))
  .join("\n")}
${passages.flatMap((passage) => passage.declare).join("\n")}
${ahead ? fetch("first").join("\n") : ""}
for (var start = first; start < last; start += ${depth}u) {
${indent((ahead ? put : [...fetch("start"), ...put]).join("\n"))}
  workgroupBarrier();
${ahead ? `  if (start + ${depth}u < last) {\n${indent(indent(fetch(`start + ${depth}u`).join("\n")))}\n  }` : ""}
  for (var q = 0u; q < ${depth / 4}u; q++) {
${indent(indent(body.join("\n")))}
  }
  workgroupBarrier();
}
${write.join("\n")}
`,
  threads,
)}`;
};
