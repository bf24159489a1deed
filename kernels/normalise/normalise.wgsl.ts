// Normalisation of rows on WebGPU: a thread a row for short rows, a workgroup a row for long ones. Sums run in a fixed order:
// every 256th term, then a tree.
import { entry, gridOf, gridOfThreads, storage, workgroupSize } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, WebGPUKernel } from "../contract/kernel.ts";
import { subgroupsOf, workgroupTrees } from "../contract/tree.wgsl.ts";
import { type NormaliseAttributes, normaliseRows } from "./shape.ts";

/** Rows longer than this take a workgroup. */
const longRow = 32;

/** Bits of a number, as a launch's parameters carry it. */
const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;

/** A kernel of x, further inputs by their names, and the result; `sums` and `value` see row, base, mean and inverse. */
const rowKernel = (
  name: string,
  inputNames: readonly string[],
  body: (has: (input: string) => boolean, center: boolean, sum: (name: string, term: string) => string) => string,
  value: (has: (input: string) => boolean) => string,
): WebGPUKernel<NormaliseAttributes>[] => [
  {
    device: "webgpu",
    name,
    lower: ({ inputs, attributes, device }) => {
      const { rows, columns } = normaliseRows(name, inputs[0], [], attributes);
      if (rows * columns === 0) return { launches: [] };
      const names = inputNames.slice(0, inputs.length);
      const has = (input: string): boolean => names.includes(input);
      const byWorkgroup = columns > longRow;
      const subgroups = byWorkgroup ? subgroupsOf(device) : undefined;
      const loop = (text: string): string =>
        byWorkgroup
          ? `for (var i = lane; i < parameter(1); i += ${workgroupSize}u) { ${text} }`
          : `for (var i = 0u; i < parameter(1); i++) { ${text} }`;
      const sum = (result: string, term: string): string =>
        `var ${result}Sum = 0.0;\n${loop(`${result}Sum += ${term};`)}
let ${result} = ${byWorkgroup ? `total(${result}Sum, lane)` : `${result}Sum`} / f32(parameter(1));`;
      const source = [
        ...names.map((input, i) => storage(i, input, "f32")),
        storage(names.length, "result", "f32", "read_write"),
        byWorkgroup ? workgroupTrees("f32", subgroups, { total: "x + y" }) : "",
        entry(
          `let row = ${byWorkgroup ? "workgroup" : "index"};
if (row >= parameter(0)) { return; }
let base = row * parameter(1);
${attributes.center ? sum("mean", "x[base + i]") : "let mean = 0.0;"}
${sum("square", "(x[base + i] - mean) * (x[base + i] - mean)")}
let inverse = 1.0 / sqrt(square + bitcast<f32>(parameter(2)));
${body(has, attributes.center, sum)}
${loop(`result[base + i] = ${value(has)};`)}`,
          workgroupSize,
          subgroups,
        ),
      ].join("\n");
      return {
        launches: [
          {
            source,
            bindings: [...names.map((_, input): BufferReference => ({ input })), { output: 0 }],
            workgroups: byWorkgroup ? gridOf(rows) : gridOfThreads(rows),
            parameters: [rows, columns, bitsOf(attributes.epsilon)],
          },
        ],
      };
    },
  },
];

export const normaliseWebGPU = rowKernel(
  "normalise",
  ["x", "scale", "shift"],
  () => "",
  (has) => `(x[base + i] - mean) * inverse${has("scale") ? " * scale[i]" : ""}${has("shift") ? " + shift[i]" : ""}`,
);

const scaled = (has: (input: string) => boolean): string => `upstream[base + i]${has("scale") ? " * scale[i]" : ""}`;

export const normaliseGradientWebGPU = rowKernel(
  "normaliseGradient",
  ["x", "upstream", "scale"],
  (has, center, sum) => `${center ? sum("level", scaled(has)) : "let level = 0.0;"}
${sum("along", `${scaled(has)} * (x[base + i] - mean)`)}
let slope = along * inverse * inverse;`,
  (has) => `(${scaled(has)} - level - (x[base + i] - mean) * slope) * inverse`,
);
