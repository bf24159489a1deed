// Products with few rows or few columns: limited by reading the large matrix, which is read once, every element by one
// thread; the sums of the threads that share an output are added in one fixed order.
import { entry, indent } from "../contract/dispatch.wgsl.ts";
import { type Form, head, putSums, sliceText } from "./form.wgsl.ts";
import { fourByOne, outputsOf } from "./operand.wgsl.ts";

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const component = "xyzw";
const threads = 256;

/** Outputs of the large side that a workgroup has. */
export const fewOutputs = (along: "terms" | "outputs"): number => (along === "terms" ? 32 : 128);

/** Threads that share an output, and loads that a thread has on their way at once. */
const parts = 8;
const turns = 4;
const lanes = 32;

/** Neighbouring threads read neighbouring outputs, four each; eight share an output. */
const byOutputs = (wide: "a" | "b", few: "a" | "b", count: number): { sums: string; width: number } => {
  const turn = (i: string): string =>
    `{
  let i = ${i};
  let four = ${wide}Four(${wide}Base, x, i, last);
${range(count)
  .map((r) => `  sum${r} = fma(vec4f(${few}One(${few}Base, ${r}u, i)), four, sum${r});`)
  .join("\n")}
}`;
  return {
    sums: `let part = lane / ${threads / parts}u;
let x = tile * ${fewOutputs("outputs")}u + 4u * (lane % ${threads / parts}u);
var at = first + part;
for (; at + ${(turns - 1) * parts}u < last; at += ${turns * parts}u) {
${indent(
  range(turns)
    .map((t) => turn(`at + ${t * parts}u`))
    .join("\n"),
)}
}
for (; at < last; at += ${parts}u) {
${indent(turn("at"))}
}`,
    width: threads / parts,
  };
};

/** Neighbouring threads read neighbouring terms of four outputs; 32 share an output. */
const byTerms = (wide: "a" | "b", count: number): { sums: string; width: number } => ({
  sums: `let part = lane % ${lanes}u;
let x = tile * ${fewOutputs("terms")}u + lane / ${lanes}u * 4u;
for (var i = first + 4u * part; i < last; i += ${4 * lanes}u) {
${range(4)
  .map((c) => `  let four${c} = ${wide}Four(${wide}Base, x + ${c}u, i, last);`)
  .join("\n")}
${range(count)
  .map(
    (r) => `  {
    let own = fewFour(${wide === "b" ? "aBase" : "bBase"}, ${r}u, i, last);
    sum${r} += vec4f(${range(4)
      .map((c) => `dot(own, four${c})`)
      .join(", ")});
  }`,
  )
  .join("\n")}
}`,
  width: 1,
});

/**
 * @param side which side has few outputs, and how many
 */
export const fewSource = (side: { readonly few: "a" | "b"; readonly count: number }, form: Form): string => {
  const { few, count } = side;
  const [wideOperand, fewOperand] = few === "a" ? [form.b, form.a] : [form.a, form.b];
  const wide = wideOperand.name;
  const terms = wideOperand.along === "terms";
  const { sums, width } = terms ? byTerms(wide, count) : byOutputs(wide, few, count);
  const outputs = outputsOf(wideOperand);
  const fewFour = !terms
    ? ""
    : fewOperand.along === "terms" && fewOperand.four
      ? `fn fewFour(base: u32, x: u32, i: u32, last: u32) -> vec4f { return ${few}Four(base, x, i, last); }`
      : fourByOne(fewOperand, "fewFour", "terms");
  const put = (r: number): string =>
    putSums(form, few === "a" ? "row" : "column", few === "a" ? `${r}u` : "x", few === "a" ? "x" : `${r}u`, [
      ...[...component].map((c) => `total.${c}`),
    ]);
  const shared = terms ? lanes : parts;
  return `${head(form)}
${fewFour}
var<workgroup> partial: array<vec4f, ${threads}>;
${entry(
  `
let tiles = (${outputs} + ${fewOutputs(wideOperand.along) - 1}u) / ${fewOutputs(wideOperand.along)}u;
let tile = workgroup % tiles;
let matrix = workgroup / tiles;
if (matrix >= parameter(7)) { return; }
${sliceText}
${range(count)
  .map((r) => `var sum${r} = vec4f();`)
  .join("\n")}
${sums}
${range(count)
  .map(
    (r) => `partial[lane] = sum${r};
for (var half = ${shared / 2}u; half > 0u; half /= 2u) {
  workgroupBarrier();
  if (part < half) { partial[lane] += partial[lane + half * ${width}u]; }
}
if (part == 0u) {
  let total = partial[lane];
${indent(put(r))}
}
workgroupBarrier();`,
  )
  .join("\n")}
`,
  threads,
)}`;
};
