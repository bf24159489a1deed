// The plain float64 meaning of a map program: element by element, in the order of its instructions.
import { type Reference, type ReferenceTensor, referenceArray } from "../contract/reference.ts";
import { type DType, sizeOf } from "../contract/tensor-type.ts";
import { iterate } from "./broadcast.ts";
import { elementwiseProgram } from "./map.ts";
import { constantValue, type MapProgram, registerDTypes } from "./program.ts";
import { scalarReference } from "./scalar.reference.ts";

/** Brings a number into a dtype's range: integers wrap to 32 bits, f32 stays float64. */
const wrap = (value: number, dtype: DType): number =>
  dtype === "i32" ? value | 0 : dtype === "u32" ? value >>> 0 : value;

export const mapReference = (inputs: readonly ReferenceTensor[], program: MapProgram): ReferenceTensor[] => {
  const dtypes = registerDTypes(
    program,
    inputs.map((input) => input.type.dtype),
  );
  const size = sizeOf(program.shape);
  const { shape, accesses } = iterate(
    program.shape,
    inputs.map((input) => input.type.shape),
  );
  const outputs = program.outputs.map((register) => {
    const dtype = dtypes[register] ?? "f32";
    return { type: { dtype, shape: program.shape }, data: referenceArray(dtype, size) };
  });
  const steps = program.instructions.map((instruction) => ({
    ...instruction,
    apply:
      instruction.function === "constant" ? () => constantValue(instruction) : scalarReference(instruction.function),
    integerMultiply: instruction.function === "multiply" && instruction.dtype !== "f32",
  }));
  const registers = new Float64Array(dtypes.length);
  for (let element = 0; element < size; element++) {
    inputs.forEach((input, i) => {
      registers[i] = input.data[offsetOf(element, shape, accesses[i]?.strides ?? [])] ?? Number.NaN;
    });
    steps.forEach((step, i) => {
      const [a = 0, b = 0, c = 0] = step.arguments.map((register) => registers[register] ?? Number.NaN);
      registers[inputs.length + i] = wrap(step.integerMultiply ? Math.imul(a, b) : step.apply(a, b, c), step.dtype);
    });
    outputs.forEach((output, i) => {
      output.data[element] = registers[program.outputs[i] ?? 0] ?? Number.NaN;
    });
  }
  return outputs;
};

const offsetOf = (element: number, shape: readonly number[], strides: readonly number[]): number => {
  let offset = 0;
  let rest = element;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    offset += (rest % size) * (strides[axis] ?? 0);
    rest = Math.floor(rest / size);
  }
  return offset;
};

/** The meaning of an element-wise op: that of a map of one instruction. */
export const elementwiseReference =
  (name: string): Reference =>
  (inputs) =>
    mapReference(
      inputs,
      elementwiseProgram(
        name,
        inputs.map((input) => input.type),
      ),
    );
