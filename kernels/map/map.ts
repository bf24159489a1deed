// Element-wise maps with broadcasting. `map` runs a whole fused chain and touches memory once; each scalar function is an
// op of its own in the graph, which the planner lowers to (a part of) a map.
import { ShapeError } from "../contract/error.ts";
import { type Attributes, type Case, type Op, op } from "../contract/op.ts";
import { byteSizeOf, type DType, describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { broadcastShapes } from "./broadcast.ts";
import { mapCases, scalarCases } from "./map.cases.ts";
import { mapWasm } from "./map.emit.ts";
import { mapReference } from "./map.reference.ts";
import { mapWebGPU } from "./map.wgsl.ts";
import { type MapProgram, programFlops, registerDTypes, singleFunction } from "./program.ts";
import { type ScalarFunction, scalarDType, scalarFunctions } from "./scalar.ts";

const bytesOf = (types: readonly TensorType[]): number => types.reduce((sum, type) => sum + byteSizeOf(type), 0);

const mapOutputs = (inputs: readonly TensorType[], program: MapProgram): TensorType[] => {
  const shape = broadcastShapes(program.shape, ...inputs.map((input) => input.shape));
  if (sizeOf(shape) !== sizeOf(program.shape) || shape.length !== program.shape.length) {
    throw new ShapeError(
      `map over [${program.shape.join(", ")}] got inputs ${inputs.map(describeType).join(", ")}, which do not broadcast to it`,
    );
  }
  const dtypes = registerDTypes(
    program,
    inputs.map((input) => input.dtype),
  );
  return program.outputs.map((register) => ({ dtype: dtypes[register] ?? "f32", shape: program.shape }));
};

/** A fused chain of element-wise functions over broadcast inputs, with one or more outputs of one shape. */
export const map = op<MapProgram>({
  name: "map",
  inputs: ["...inputs"],
  outputs: mapOutputs,
  work: (inputs, program) => ({
    flops: programFlops(program) * sizeOf(program.shape),
    bytes: bytesOf(inputs) + bytesOf(mapOutputs(inputs, program)),
  }),
  tolerance: within(1e-5, 1e-6),
  reference: mapReference,
  kernels: [mapWasm, mapWebGPU],
  inPlace: true,
  cases: mapCases,
});

const inputNames = [["x"], ["x", "y"], ["condition", "x", "y"]];

/** An op for a scalar function: its inputs broadcast, its kernels are those of a map with one instruction. */
const elementwise = (scalar: ScalarFunction): Op<Attributes> => {
  const programOf = (inputs: readonly TensorType[]): MapProgram =>
    singleFunction(
      scalar.name,
      inputs.map((input) => input.dtype),
      broadcastShapes(...inputs.map((input) => input.shape)),
    );
  return op<Attributes>({
    name: scalar.name,
    inputs: inputNames[scalar.arity - 1] ?? [],
    outputs: (inputs) => [
      {
        dtype: scalarDType(
          scalar,
          inputs.map((input): DType => input.dtype),
        ),
        shape: broadcastShapes(...inputs.map((input) => input.shape)),
      },
    ],
    work: (inputs) => map.work(inputs, programOf(inputs)),
    tolerance: scalar.tolerance,
    reference: (inputs) => mapReference(inputs, programOf(inputs.map((input) => input.type))),
    kernels: [
      {
        device: "wasm",
        name: mapWasm.name,
        lower: (context) => mapWasm.lower({ ...context, attributes: programOf(context.inputs) }),
      },
      {
        device: "webgpu",
        name: mapWebGPU.name,
        lower: (context) => mapWebGPU.lower({ ...context, attributes: programOf(context.inputs) }),
      },
    ],
    cases: scalarCases(scalar) satisfies readonly Case<Attributes>[],
  });
};

/** The element-wise ops by name. */
export const elementwiseOps: ReadonlyMap<string, Op<Attributes>> = new Map(
  scalarFunctions.map((scalar) => [scalar.name, elementwise(scalar)]),
);
