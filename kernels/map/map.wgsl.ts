// Fused element-wise maps on WebGPU: one shader a program, one thread an element, or four where rows divide by four.

import { entry, gridOfThreads, offsetOf, storage } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import type { DType } from "../contract/tensor-type.ts";
import { type Access, iterate } from "./broadcast.ts";
import { type MapProgram, registerDTypes } from "./program.ts";
import { calledFunctions, elementAliases, instructionText, registerType } from "./scalar.wgsl.ts";

/** How the shader reads one input: elements of `type` at `at`. */
interface Reading {
  readonly type: string;
  readonly at: string;
}

const wordType: Readonly<Record<DType, string>> = { f32: "f32", i32: "i32", u32: "u32", bool: "u32" };

/** Four neighbours move at once when the innermost axis divides by four and every row starts at a multiple of four. */
const widthOf = (shape: readonly number[], accesses: readonly Access[]): 1 | 4 => {
  const last = shape.length - 1;
  const aligned = accesses.every(
    ({ strides }) => strides[last] === 0 || strides.slice(0, last).every((stride) => stride % 4 === 0),
  );
  return (shape[last] ?? 1) % 4 === 0 && aligned ? 4 : 1;
};

const readingOf = (access: Access, dtype: DType, shape: readonly number[], width: 1 | 4): Reading => {
  const last = shape.length - 1;
  const repeated = access.strides[last] === 0;
  const wide = width === 4 && !repeated;
  const type = wide ? `vec4<${wordType[dtype]}>` : wordType[dtype];
  if (access.kind === "dense") return { type, at: "index" };
  if (access.kind === "scalar") return { type, at: "0u" };
  const units = shape.map((size, axis) => (axis === last ? size / width : size));
  const strides = access.strides.map((stride, axis) => (wide && axis !== last ? stride / 4 : stride));
  return { type, at: offsetOf("index", units, strides) };
};

const load = (name: string, reading: Reading, dtype: DType): string => {
  const element = `${name}[${reading.at}]`;
  return dtype === "bool" ? `U(${element}) != U(0u)` : `${registerType[dtype]}(${element})`;
};

const lower = (context: KernelContext<MapProgram>): Lowered<WebGPULaunch> => {
  const program = context.attributes;
  const inputShapes = context.inputs.map((input) => input.shape);
  const { shape, size, accesses } = iterate(program.shape, inputShapes);
  if (size === 0) return { launches: [] };
  const width = widthOf(shape, accesses);
  const dtypes = registerDTypes(
    program,
    context.inputs.map((input) => input.dtype),
  );
  const bindings: BufferReference[] = [];
  const declarations: string[] = [];
  const bind = (reference: BufferReference, name: string, type: string, access: "read" | "read_write"): string => {
    declarations.push(storage(bindings.length, name, type, access));
    bindings.push(reference);
    return name;
  };
  const body = [`if (index >= parameter(0)) { return; }`];
  const aliases = context.aliases ?? [];
  const shared = new Map<number, string>();
  context.inputs.forEach((input, i) => {
    const access = accesses[i];
    if (!access) return;
    const reading = readingOf(access, input.dtype, shape, width);
    const output = aliases.indexOf(i);
    const name =
      output < 0
        ? bind({ input: i }, `input${i}`, reading.type, "read")
        : bind({ output }, `output${output}`, reading.type, "read_write");
    if (output >= 0) shared.set(output, name);
    body.push(`let r${i} = ${load(name, reading, input.dtype)};`);
  });
  program.instructions.forEach((instruction, i) => {
    const operands = instruction.arguments.map((register) => dtypes[register] ?? "f32");
    const names = instruction.arguments.map((register) => `r${register}`);
    body.push(`let r${context.inputs.length + i} = ${instructionText(instruction, operands, names)};`);
  });
  program.outputs.forEach((register, output) => {
    const dtype = dtypes[register] ?? "f32";
    const type = width === 4 ? `vec4<${wordType[dtype]}>` : wordType[dtype];
    const name = shared.get(output) ?? bind({ output }, `output${output}`, type, "read_write");
    body.push(`${name}[index] = ${dtype === "bool" ? `U(r${register})` : `r${register}`};`);
  });
  const text = body.join("\n");
  const source = [elementAliases(width), ...declarations, calledFunctions(text, width), entry(text)].join("\n");
  const threads = size / width;
  return { launches: [{ source, bindings, workgroups: gridOfThreads(threads), parameters: [threads] }] };
};

export const mapWebGPU: WebGPUKernel<MapProgram> = { device: "webgpu", name: "map", lower };
