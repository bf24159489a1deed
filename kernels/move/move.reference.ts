// The plain float64 meaning of reshape, identity, transpose, slice, pad, concatenate.
import type { Attributes } from "../contract/op.ts";
import { type Reference, type ReferenceTensor, referenceArray } from "../contract/reference.ts";
import { sizeOf, stridesOf, type TensorType } from "../contract/tensor-type.ts";
import {
  type ConcatenateAttributes,
  concatenateOutput,
  type PadAttributes,
  padOutput,
  type ReshapeAttributes,
  reshapeOutput,
  type SliceAttributes,
  sliceOutput,
  type TransposeAttributes,
  transposeOutput,
} from "./move.ts";

/** Fills an output by asking, for each of its coordinates, which input element it holds (-1: `fill`). */
const fillBy = (
  output: TensorType,
  x: ReferenceTensor,
  source: (coordinates: readonly number[]) => number,
  fill = 0,
): ReferenceTensor => {
  const data = referenceArray(output.dtype, sizeOf(output.shape));
  const strides = stridesOf(output.shape);
  for (let i = 0; i < data.length; i++) {
    const at = source(output.shape.map((size, axis) => Math.floor(i / (strides[axis] ?? 1)) % size));
    data[i] = at < 0 ? fill : (x.data[at] ?? Number.NaN);
  }
  return { type: output, data };
};

const flatten = (coordinates: readonly number[], strides: readonly number[]): number =>
  coordinates.reduce((sum, c, axis) => sum + c * (strides[axis] ?? 0), 0);

export const reshapeReference: Reference<ReshapeAttributes> = ([x], attributes) =>
  x ? [{ type: reshapeOutput(x.type, attributes), data: x.data }] : [];

export const identityReference: Reference<Attributes> = ([x]) => (x ? [{ type: x.type, data: x.data }] : []);

export const transposeReference: Reference<TransposeAttributes> = ([x], attributes) => {
  if (!x) return [];
  const strides = stridesOf(x.type.shape);
  const own = attributes.permutation.map((axis) => strides[axis] ?? 0);
  return [fillBy(transposeOutput(x.type, attributes), x, (coordinates) => flatten(coordinates, own))];
};

export const sliceReference: Reference<SliceAttributes> = ([x], attributes) => {
  if (!x) return [];
  const strides = stridesOf(x.type.shape);
  return [
    fillBy(sliceOutput(x.type, attributes), x, (coordinates) =>
      flatten(
        coordinates.map((c, axis) => c + (attributes.start[axis] ?? 0)),
        strides,
      ),
    ),
  ];
};

export const padReference: Reference<PadAttributes> = ([x], attributes) => {
  if (!x) return [];
  const strides = stridesOf(x.type.shape);
  const inside = (coordinates: readonly number[]): number => {
    const own = coordinates.map((c, axis) => c - (attributes.before[axis] ?? 0));
    return own.every((c, axis) => c >= 0 && c < (x.type.shape[axis] ?? 0)) ? flatten(own, strides) : -1;
  };
  return [fillBy(padOutput(x.type, attributes), x, inside, attributes.value)];
};

export const concatenateReference: Reference<ConcatenateAttributes> = (inputs, attributes) => {
  const type = concatenateOutput(
    inputs.map((input) => input.type),
    attributes,
  );
  const data = referenceArray(type.dtype, sizeOf(type.shape));
  const inner = sizeOf(type.shape.slice(attributes.axis + 1));
  const outer = sizeOf(type.shape.slice(0, attributes.axis));
  const total = (type.shape[attributes.axis] ?? 0) * inner;
  let offset = 0;
  for (const input of inputs) {
    const width = (input.type.shape[attributes.axis] ?? 0) * inner;
    for (let row = 0; row < outer; row++)
      for (let i = 0; i < width; i++) data[row * total + offset + i] = input.data[row * width + i] ?? Number.NaN;
    offset += width;
  }
  return [{ type, data }];
};
