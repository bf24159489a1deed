// The leading directions of many rows by subspace iteration from random ones (Halko, Martinsson and Tropp 2011): the products
// with the rows are tensor ops on the device, what holds the directions apart is float64 on the host.
import { defaultDevice } from "../device/default-device.ts";
import { addMultiple, dot } from "../model/linear/householder.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";
import { compile } from "../transform/compile.ts";
import { randomStream } from "../validate/random-stream.ts";
import type { KeptBatches } from "./column-values.ts";
import { normalQuantile } from "./normal-quantile.ts";
import type { StepContext } from "./numeric-step.ts";
import { orthonormal, type Principal, withSign } from "./principal.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

export interface SubspaceOptions {
  readonly components: number;
  readonly oversamples: number;
  readonly iterations: number;
  readonly seed: number;
  readonly centred: boolean;
}

/** The purpose of random directions among the random numbers of a seed. */
export const directionPurpose = 0x7063;

/** Normal numbers from a stream of even ones. */
export const normalNumbers = (count: number, stream: { readonly uniform: () => number }): Float64Array =>
  Float64Array.from({ length: count }, () => normalQuantile(stream.uniform() + 2 ** -54));

const meanOf = (batches: KeptBatches, count: number, width: number): Float64Array => {
  const mean = new Float64Array(width);
  for (const { values } of batches)
    for (let at = 0, column = 0; at < values.length; at++) {
      mean[column] = (mean[column] ?? 0) + (values[at] ?? 0);
      if (++column === width) column = 0;
    }
  return mean.map((sum) => sum / count);
};

/** Vectors [size][width] as a matrix f32 [width, size]. */
const matrixOf = (vectors: readonly Float64Array[], width: number): Tensor => {
  const data = new Float32Array(width * vectors.length);
  vectors.forEach((vector, j) => {
    vector.forEach((value, i) => {
      data[i * vectors.length + j] = value;
    });
  });
  return tensor(data, [width, vectors.length]);
};

const columnsOf = (data: ArrayLike<number>, width: number, size: number): Float64Array[] =>
  Array.from({ length: size }, (_, j) => Float64Array.from({ length: width }, (_, i) => data[i * size + j] ?? 0));

/** @throws the signal's reason, or what the device throws */
export const subspaceIteration = async (
  batches: KeptBatches,
  width: number,
  { components, oversamples, iterations, seed, centred }: SubspaceOptions,
  { device, signal }: StepContext,
): Promise<Principal> => {
  const count = batches.reduce((sum, batch) => sum + batch.rows, 0);
  const size = Math.min(width, count, components + oversamples);
  const mean = meanOf(batches, count, width);
  const from = centred ? mean : new Float64Array(width);
  const data = new Float32Array(count * width);
  let total = 0;
  let place = 0;
  for (const { values } of batches)
    for (let at = 0, column = 0; at < values.length; at++) {
      const value = values[at] ?? 0;
      data[place++] = value - (from[column] ?? 0);
      total += (value - (mean[column] ?? 0)) ** 2;
      if (++column === width) column = 0;
    }
  const where = device ?? (await defaultDevice());
  using x = tensor(data, [count, width]);
  using project = compile((rows: Tensor, q: Tensor) => rows.matmul(q), { device: where });
  using iterate = compile((rows: Tensor, q: Tensor) => rows.matmul(rows.matmul(q), { transposeA: true }), {
    device: where,
  });
  const run = async (program: typeof project, vectors: readonly Float64Array[]): Promise<ArrayLike<number>> => {
    signal?.throwIfAborted();
    using q = matrixOf(vectors, width);
    using product = await program(x, q);
    return await product.data();
  };
  const stream = randomStream(seed, directionPurpose);
  let basis = orthonormal(Array.from({ length: size }, () => normalNumbers(width, stream)));
  // One turn more than asked: scikit-learn's first product with the rows is a half turn, and its last.
  for (let turn = 0; turn <= iterations; turn++) basis = orthonormal(columnsOf(await run(iterate, basis), width, size));
  const rows = await run(project, basis);
  const gram = Array.from({ length: size }, () => new Float64Array(size));
  for (let at = 0; at < rows.length; at += size)
    for (let i = 0; i < size; i++) {
      const own = gram[i];
      if (own) for (let j = 0; j <= i; j++) own[j] = (own[j] ?? 0) + (rows[at + i] ?? 0) * (rows[at + j] ?? 0);
    }
  const { values, vectors } = await symmetricEigen(gram, signal);
  const directions = vectors.slice(0, components).map((vector) => {
    const sum = new Float64Array(width);
    basis.forEach((own, i) => {
      addMultiple(sum, vector[i] ?? 0, own);
    });
    return withSign(sum.map((value) => value / Math.sqrt(dot(sum, sum))));
  });
  const squares = values.slice(0, components).map((value) => Math.max(0, value));
  return { count, mean, squares, components: directions, total };
};
