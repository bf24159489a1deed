// The map kernel on WASM: each program becomes a small module of its own that touches memory once (a block-by-block
// interpreter stops at half the copy roof). Sizes and strides are arguments, so programs of one form share a module.
import type { WasmArgument, WasmKernel } from "../contract/kernel.ts";
import { elementBytes, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { iterate } from "./broadcast.ts";
import { emitMap, type InputForm, type MapForm, unitElements } from "./map-module.ts";
import { constantValue, type MapProgram, programFlops, registerDTypes } from "./program.ts";

/** Units in about 20 us: a vector costs a quarter nanosecond for each stream and for each four operations. */
const grainOf = (elementsPerUnit: number, streams: number, flops: number): number =>
  Math.max(1, Math.round(20_000 / (elementsPerUnit * (0.12 * streams + 0.04 * flops) + 5)));

const bytesOf = (type: TensorType | undefined): number => elementBytes[type?.dtype ?? "f32"];

export const mapWasm: WasmKernel<MapProgram> = {
  device: "wasm",
  name: "map",
  lower: ({ inputs, attributes: program }) => {
    if (sizeOf(program.shape) === 0) return { launches: [] };
    const { shape, accesses } = iterate(
      program.shape,
      inputs.map((input) => input.shape),
    );
    const inner = shape[shape.length - 1] ?? 1;
    const outer = shape.slice(0, -1);
    const inputForms = accesses.map(
      ({ kind, strides }): InputForm =>
        kind === "broadcast" ? (strides[strides.length - 1] === 0 ? "repeated" : "row") : kind,
    );
    const dtypes = registerDTypes(
      program,
      inputs.map((input) => input.dtype),
    );
    const form: MapForm = {
      rank: shape.length,
      inputs: inputForms,
      dtypes,
      instructions: program.instructions.map((instruction) => ({
        function: instruction.function,
        arguments: instruction.arguments,
        value: instruction.function === "constant" ? constantValue(instruction) : 0,
      })),
      outputs: program.outputs,
    };
    const pieces = Math.ceil(inner / unitElements);
    const words: WasmArgument[] = [
      ...inputs.map((_, i) => ({ input: i })),
      ...program.outputs.map((_, i) => ({ output: i })),
      { u32: inner },
      { u32: pieces },
      ...outer.map((size) => ({ u32: size })),
      ...accesses.flatMap(({ strides }, i) =>
        inputForms[i] === "row" || inputForms[i] === "repeated"
          ? strides.slice(0, -1).map((stride) => ({ u32: stride * bytesOf(inputs[i]) }))
          : [],
      ),
    ];
    const streams = inputForms.filter((input) => input === "dense").length + program.outputs.length;
    return {
      launches: [
        {
          function: { key: keyOf(form), emit: (build) => emitMap(form, build) },
          arguments: words,
          units: sizeOf(outer) * pieces,
          grain: grainOf(Math.min(inner, unitElements), streams, programFlops(program)),
        },
      ],
    };
  },
};

/** JSON keeps no -0, NaN or infinity, so values are written by their bits. */
const keyOf = (form: MapForm): string =>
  `map ${JSON.stringify({ ...form, instructions: form.instructions.map((i) => [i.function, i.arguments, Object.is(i.value, -0) ? "-0" : String(i.value)]) })}`;
