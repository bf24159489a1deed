// Element-wise maps with broadcasting. `map` runs a whole fused chain and touches memory once; each scalar function is an
// op of its own in the graph, which the planner lowers to (a part of) a map.
import { ShapeError } from "../contract/error.ts";
import { type Attributes, type Op, op } from "../contract/op.ts";
import { byteSizeOf, type DType, describeType, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { broadcastShapes } from "./broadcast.ts";
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
  packed: "native",
  inPlace: true,
});

/** Functions that give one of their arguments. */
const moving: ReadonlySet<string> = new Set(["select", "maximum", "minimum"]);
const packedOf = ({ name, signature }: ScalarFunction): Pick<Op, "packed"> =>
  signature.startsWith("cast:") ? { packed: "native" } : moving.has(name) ? { packed: "moved" } : {};

const inputNames = [["x"], ["x", "y"], ["condition", "x", "y"]];

/** The program of one function on inputs of these types. */
export const elementwiseProgram = (name: string, inputs: readonly TensorType[]): MapProgram =>
  singleFunction(
    name,
    inputs.map((input) => input.dtype),
    broadcastShapes(...inputs.map((input) => input.shape)),
  );

/** An op for a scalar function: its inputs broadcast. The planner makes it (a part of) a map, so no device has it. */
const elementwise = (scalar: ScalarFunction): Op<Attributes> =>
  op<Attributes>({
    name: scalar.name,
    ...packedOf(scalar),
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
    work: (inputs) => map.work(inputs, elementwiseProgram(scalar.name, inputs)),
  });

/** The element-wise ops by name. */
export const elementwiseOps: ReadonlyMap<string, Op<Attributes>> = new Map(
  scalarFunctions.map((scalar) => [scalar.name, elementwise(scalar)]),
);
