// Fused element-wise maps on WebGPU: one shader a program, one thread an element, or four where rows divide by four. Packed
// results (f16, u8) are written by whole words, so their threads always take four elements, gathered one by one where rows
// do not divide.
import { entry, gridOfThreads, offsetOf, storage } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import { type DType, elementBytes } from "../contract/tensor-type.ts";
import { type Access, iterate } from "./broadcast.ts";
import { type MapProgram, registerDTypes } from "./program.ts";
import { calledFunctions, elementAliases, instructionText, registerType } from "./scalar.wgsl.ts";

/** Elements of a thread: one, four that lie together in every stream, or four in a row of the output alone. */
type Mode = "one" | "four" | "gathered";

const wordType: Readonly<Record<DType, string>> = {
  f32: "f32",
  f16: "u32",
  i32: "i32",
  u32: "u32",
  u8: "u32",
  bool: "u32",
};
const isPacked = (dtype: DType): boolean => elementBytes[dtype] < 4;

/** Four neighbours move at once when the innermost axis divides by four and every row starts at a multiple of four. */
const dividesByFour = (shape: readonly number[], accesses: readonly Access[]): boolean => {
  const last = shape.length - 1;
  const aligned = accesses.every(
    ({ strides }) => strides[last] === 0 || strides.slice(0, last).every((stride) => stride % 4 === 0),
  );
  return (shape[last] ?? 1) % 4 === 0 && aligned;
};

/** The type of the words that hold an element, or four. */
const memoryType = (dtype: DType, wide: boolean): string => {
  if (!wide) return wordType[dtype];
  return dtype === "u8" ? "u32" : `vec${elementBytes[dtype]}<${wordType[dtype]}>`;
};

/** Where an access finds element (or, when wide, group of four) `index` of the output. */
const placeOf = (access: Access, index: string, shape: readonly number[], wide: boolean, four: boolean): string => {
  if (access.kind === "dense") return index;
  if (access.kind === "scalar") return "0u";
  const last = shape.length - 1;
  const units = shape.map((size, axis) => (axis === last && four ? size / 4 : size));
  const strides = access.strides.map((stride, axis) => (wide && axis !== last ? stride / 4 : stride));
  return offsetOf(index, units, strides);
};

/** The word or the bits of one element. */
const elementText = (name: string, dtype: DType, at: string): string => {
  if (dtype === "f16") return `((${name}[(${at}) >> 1u] >> (((${at}) & 1u) << 4u)) & 0xffffu)`;
  return dtype === "u8" ? `((${name}[(${at}) >> 2u] >> (((${at}) & 3u) << 3u)) & 0xffu)` : `${name}[${at}]`;
};

/** The words or bits of four elements that lie together. */
const groupText = (name: string, dtype: DType, at: string): string => {
  const word = `${name}[${at}]`;
  if (dtype === "u8") return `(U(${word}) >> U(0u, 8u, 16u, 24u)) & U(0xffu)`;
  return dtype === "f16" ? `(${word}.xxyy >> U(0u, 16u, 0u, 16u)) & U(0xffffu)` : word;
};

/** A register from words or bits. */
const registerText = (dtype: DType, words: string): string => {
  if (dtype === "bool") return `U(${words}) != U(0u)`;
  return dtype === "f16" ? `fromHalf(U(${words}))` : `${registerType[dtype]}(${words})`;
};

/** Words of four elements in a register. */
const packedWords = (dtype: DType, register: string): readonly string[] => {
  const lane = (name: string, shift: number): string => `(${register}bits.${name} << ${shift}u)`;
  return dtype === "f16"
    ? [`${register}bits.x | ${lane("y", 16)}`, `${register}bits.z | ${lane("w", 16)}`]
    : [`${register}bits.x | ${lane("y", 8)} | ${lane("z", 16)} | ${lane("w", 24)}`];
};

/** Statements that write a register to output `name`. */
const storeText = (mode: Mode, name: string, dtype: DType, register: string): string[] => {
  if (!isPacked(dtype)) {
    const value = dtype === "bool" ? `U(${register})` : register;
    if (mode !== "gathered") return [`${name}[index] = ${value};`];
    return [
      `let ${register}words = ${value};`,
      "for (var i = 0u; i < 4u && 4u * index + i < parameter(1); i++) {",
      `  ${name}[4u * index + i] = ${register}words[i];`,
      "}",
    ];
  }
  const words = packedWords(dtype, register);
  const bits = `let ${register}bits = ${dtype === "f16" ? `toHalf(${register})` : register};`;
  if (dtype === "u8") return [bits, `${name}[index] = ${words[0]};`];
  if (mode === "four") return [bits, `${name}[index] = vec2<u32>(${words.join(", ")});`];
  return [
    bits,
    `${name}[2u * index] = ${words[0]};`,
    `if (4u * index + 2u < parameter(1)) { ${name}[2u * index + 1u] = ${words[1]}; }`,
  ];
};

/** Element-wise functions whose WGSL is in rare.wgsl.ts. */
const seldom: ReadonlySet<string> = new Set(["sin", "cos", "expm1", "log1p", "atan", "atan2", "remainder", "toF16"]);

let rare: typeof import("./rare.wgsl.ts").rareFunctions | undefined;

const load = async ({ attributes, inputs }: KernelContext<MapProgram>): Promise<void> => {
  const dtypes = registerDTypes(
    attributes,
    inputs.map((input) => input.dtype),
  );
  if (dtypes.includes("f16") || attributes.instructions.some((instruction) => seldom.has(instruction.function)))
    rare ??= (await import("./rare.wgsl.ts")).rareFunctions;
};

const lower = (context: KernelContext<MapProgram>): Lowered<WebGPULaunch> => {
  const program = context.attributes;
  const inputShapes = context.inputs.map((input) => input.shape);
  const { shape, size, accesses } = iterate(program.shape, inputShapes);
  if (size === 0) return { launches: [] };
  const dtypes = registerDTypes(
    program,
    context.inputs.map((input) => input.dtype),
  );
  const dtypeOf = (register: number): DType => dtypes[register] ?? "f32";
  const packs = program.outputs.some((register) => isPacked(dtypeOf(register)));
  const mode: Mode = dividesByFour(shape, accesses) ? "four" : packs ? "gathered" : "one";
  const bindings: BufferReference[] = [];
  const declarations: string[] = [];
  const bind = (reference: BufferReference, name: string, type: string, access: "read" | "read_write"): string => {
    declarations.push(storage(bindings.length, name, type, access));
    bindings.push(reference);
    return name;
  };
  const body = [`if (index >= parameter(0)) { return; }`];
  // Lanes past the end read the last element and are not written.
  if (mode === "gathered")
    body.push("let lanes = min(vec4u(4u * index) + vec4u(0u, 1u, 2u, 3u), vec4u(parameter(1) - 1u));");
  const aliases = context.aliases ?? [];
  const shared = new Map<number, string>();
  context.inputs.forEach(({ dtype }, i) => {
    const access = accesses[i];
    if (!access) return;
    const wide = mode === "four" && access.strides[shape.length - 1] !== 0;
    const type = memoryType(dtype, wide);
    const output = aliases.indexOf(i);
    const name =
      output < 0
        ? bind({ input: i }, `input${i}`, type, "read")
        : bind({ output }, `output${output}`, type, "read_write");
    if (output >= 0) shared.set(output, name);
    const place = (index: string): string => placeOf(access, index, shape, wide, mode === "four");
    const one = (index: string): string => elementText(name, dtype, place(index));
    const words = wide
      ? groupText(name, dtype, place("index"))
      : mode === "gathered" && access.kind !== "scalar"
        ? `vec4(${["x", "y", "z", "w"].map((lane) => one(`lanes.${lane}`)).join(", ")})`
        : one("index");
    body.push(`let r${i} = ${registerText(dtype, words)};`);
  });
  program.instructions.forEach((instruction, i) => {
    const operands = instruction.arguments.map(dtypeOf);
    const names = instruction.arguments.map((register) => `r${register}`);
    body.push(`let r${context.inputs.length + i} = ${instructionText(instruction, operands, names)};`);
  });
  const stored = new Set<number>();
  program.outputs.forEach((register, output) => {
    const dtype = dtypeOf(register);
    const name =
      shared.get(output) ?? bind({ output }, `output${output}`, memoryType(dtype, mode === "four"), "read_write");
    // One register may be written to two outputs.
    const own = stored.has(register) ? `r${register}o${output}` : `r${register}`;
    if (stored.has(register)) body.push(`let ${own} = r${register};`);
    stored.add(register);
    body.push(...storeText(mode, name, dtype, own));
  });
  const text = body.join("\n");
  const width = mode === "one" ? 1 : 4;
  const source = [elementAliases(width), ...declarations, calledFunctions(text, rare?.(width)), entry(text)].join("\n");
  const threads = Math.ceil(size / width);
  const parameters = mode === "gathered" ? [threads, size] : [threads];
  return { launches: [{ source, bindings, workgroups: gridOfThreads(threads), parameters }] };
};

export const mapWebGPU: WebGPUKernel<MapProgram> = { device: "webgpu", name: "map", load, lower };
