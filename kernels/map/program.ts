// A chain of element-wise functions as data: what fusion makes and what the map kernels compile. Registers are numbered:
// the inputs first, then one for each instruction.

import type { AttributeValue } from "../contract/op.ts";
import type { DType } from "../contract/tensor-type.ts";
import { scalarDType, scalarFunction } from "./scalar.ts";

/** One step: a function of earlier registers, or a number written in the program's text. */
export type Instruction = {
  readonly [name: string]: AttributeValue;
  /** Name of a scalar function, or "constant". */
  readonly function: string;
  readonly arguments: readonly number[];
  /** Element type of the result. */
  readonly dtype: DType;
  /** The number, for "constant": finite, or the strings "NaN", "Infinity", "-Infinity" (JSON has no such numbers). */
  readonly value: number | string | null;
};

/** Attributes of the `map` op. `shape` is what every input broadcasts to and every output has. */
export type MapProgram = {
  readonly [name: string]: AttributeValue;
  readonly instructions: readonly Instruction[];
  /** Registers that are written out; a register below the number of inputs copies that input. */
  readonly outputs: readonly number[];
  readonly shape: readonly number[];
};

/** A program of one function. */
export const singleFunction = (name: string, inputs: readonly DType[], shape: readonly number[]): MapProgram => ({
  instructions: [
    {
      function: name,
      arguments: inputs.map((_, i) => i),
      dtype: scalarDType(scalarFunction(name), inputs),
      value: null,
    },
  ],
  outputs: [inputs.length],
  shape,
});

/** The dtype of each register of a program. */
export const registerDTypes = (program: MapProgram, inputs: readonly DType[]): DType[] => [
  ...inputs,
  ...program.instructions.map((instruction) => instruction.dtype),
];

/** The number that a "constant" instruction stands for. */
export const constantValue = (instruction: Instruction): number => Number(instruction.value ?? 0);

/** A constant instruction; non-finite numbers are kept as text since attributes are JSON. */
export const constantInstruction = (value: number, dtype: DType): Instruction => ({
  function: "constant",
  arguments: [],
  dtype,
  value: Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? "-0" : String(value),
});

/** Operations an element that a program's functions ask for. */
export const programFlops = (program: MapProgram): number =>
  program.instructions.reduce(
    (sum, instruction) => sum + (instruction.function === "constant" ? 0 : scalarFunction(instruction.function).flops),
    0,
  );
