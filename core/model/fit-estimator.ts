// Fitting one estimator on a matrix that is at hand, and predicting with it: the door for arrays. Tables go by fitPipeline.
import { ArgumentError } from "@millrace/kernels";
import { defaultDevice } from "../device/default-device.ts";
import type { Device } from "../device/device.ts";
import type { NamedTensors } from "../preprocess/features.ts";
import { type HostArray, hostArray } from "../tensor/host-array.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";
import { compile } from "../transform/compile.ts";
import { checkSeed } from "../validate/random-stream.ts";
import type { EstimatorDefinition, FitContext, FitData, FittedModel, Matrix, ModelOutputs } from "./estimator.ts";
import { definitionOf } from "./estimators.ts";

/** Rows as people write them, or a matrix. */
export type MatrixLike = Matrix | readonly (readonly (number | null)[])[];

/** A matrix from rows of numbers; null is missing. @throws ArgumentError naming the first row of another length */
export const matrixOf = (
  rows: readonly (readonly (number | null)[])[],
  options: { readonly names?: readonly string[]; readonly categorical?: readonly number[] } = {},
): Matrix => {
  const columns = rows[0]?.length ?? options.names?.length ?? 0;
  const data = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => {
    if (row.length !== columns) throw new ArgumentError(`row ${i} has ${row.length} values, but row 0 has ${columns}`);
    row.forEach((value, column) => {
      if (value !== null && typeof value !== "number")
        throw new ArgumentError(
          `row ${i} holds ${JSON.stringify(value)} in column ${column}, which is no number: a matrix takes numbers and null; tables with text go by fitPipeline`,
        );
      data[i * columns + column] = value ?? Number.NaN;
    });
  });
  const names = options.names ?? Array.from({ length: columns }, (_, i) => `x${i}`);
  return { rows: rows.length, columns, data, names, categorical: options.categorical ?? [] };
};

const asMatrix = (x: MatrixLike): Matrix => ("data" in x ? x : matrixOf(x));

/** What a fitted model says of rows, on the host. */
export type HostOutputs = { readonly [name in keyof ModelOutputs]?: HostArray };

/** A model over a matrix. */
export interface FittedEstimator extends FittedModel, Disposable {
  /**
   * A matrix with names is put into the order of the fit; columns beyond it are passed over.
   * @throws ArgumentError when columns of the fit are not there, or naming the first value that the estimator does not take
   */
  predict(x: MatrixLike, options?: { readonly device?: Device }): Promise<HostOutputs>;
}

/** @throws ArgumentError naming the first value that the estimator does not take */
const checkFeatures = (x: Matrix, takesMissing: boolean): void => {
  const place = (at: number): string => `row ${Math.floor(at / x.columns)} of column "${x.names[at % x.columns]}"`;
  for (let at = 0; at < x.data.length; at++) {
    const value = x.data[at] ?? Number.NaN;
    if (Number.isFinite(value) || (takesMissing && Number.isNaN(value))) continue;
    throw new ArgumentError(
      Number.isNaN(value)
        ? `${place(at)} is missing, which this estimator does not take: impute it first`
        : `${place(at)} is ${value}; features are finite in float32`,
    );
  }
};

/** Names that matrixOf gives where none were told. */
const unnamed = (names: readonly string[]): boolean => names.every((name, i) => name === `x${i}`);

/**
 * A matrix with its columns in the order of the fit, by their names where both sides have some.
 * @throws ArgumentError naming the columns that are missing; one more than there should be is passed over
 */
const aligned = (x: Matrix, { columns, names }: FittedColumns): Matrix => {
  const told = names && !unnamed(names) && !unnamed(x.names) ? names : undefined;
  if (!told) {
    if (x.columns !== columns)
      throw new ArgumentError(`the model was fitted on ${columns} columns, but got ${x.columns}`);
    return x;
  }
  if (told.length === x.columns && told.every((name, i) => name === x.names[i])) return x;
  const places = told.map((name) => x.names.indexOf(name));
  const lacking = told.filter((_, i) => places[i] === -1);
  if (lacking.length > 0)
    throw new ArgumentError(
      `the model was fitted on columns that x lacks: ${lacking.slice(0, 12).join(", ")}; it has ${x.names.slice(0, 12).join(", ")}`,
    );
  const data = new Float32Array(x.rows * columns);
  for (let row = 0; row < x.rows; row++)
    places.forEach((place, column) => {
      data[row * columns + column] = x.data[row * x.columns + place] ?? Number.NaN;
    });
  return { ...x, columns, names: told, data };
};

/** The columns that a model was fitted on; names where they are known. */
interface FittedColumns {
  readonly columns: number;
  readonly names?: readonly string[];
}

/** @throws ArgumentError naming the first value that the estimator does not take */
export const checkData = ({ x, codes, classCount, target, weights, groups }: FitData, takesMissing: boolean): void => {
  if (x.rows === 0 || x.columns === 0)
    throw new ArgumentError(`a fit takes at least one row and one column, but got [${x.rows}, ${x.columns}]`);
  for (const [name, values] of Object.entries({ codes, target, weights, groups }))
    if (values && values.length !== x.rows)
      throw new ArgumentError(`x has ${x.rows} rows, but ${name} has ${values.length}`);
  checkFeatures(x, takesMissing);
  const wrong = classCount === undefined ? -1 : (codes?.findIndex((code) => !(code >= 0 && code < classCount)) ?? -1);
  if (wrong >= 0)
    throw new ArgumentError(`the code of row ${wrong} is ${codes?.[wrong]}; codes are 0 to ${(classCount ?? 0) - 1}`);
  const bad = target?.findIndex((value) => !Number.isFinite(value)) ?? -1;
  if (bad >= 0) throw new ArgumentError(`the target of row ${bad} is ${target?.[bad]}; a quantity is finite`);
  const light = weights?.findIndex((value) => !(value >= 0 && Number.isFinite(value))) ?? -1;
  if (light >= 0) throw new ArgumentError(`the weight of row ${light} is ${weights?.[light]}; weights are at least 0`);
};

/**
 * Fits an estimator on a matrix.
 * @throws ArgumentError for wrong options or rows, DivergenceError, or the signal's reason
 * @example
 * const model = await fitEstimator(ridge({ alpha: 1 }), { x: matrixOf(rows), target }, { seed: 1 });
 * const { prediction } = await model.predict([[1, 2, 3]]);
 */
export const fitEstimator = async <Specification extends { readonly kind: string }>(
  specification: Specification,
  data: FitData,
  options: Partial<FitContext> = {},
): Promise<FittedEstimator> => {
  const definition = await definitionOf(specification.kind);
  definition.check(specification);
  checkData(data, definition.takesMissing);
  const device = options.device ?? (await defaultDevice());
  const seed = checkSeed(options.seed ?? 0);
  const fitted = await definition.fit(specification, data, { ...options, device, seed });
  return openModel(definition, specification, fitted, data.x, device);
};

/** Rows that are predicted in one run of the graph: what it needs beside the answers stays bounded. */
const batchRows = 8192;

/** A fitted model made ready to predict on `device`, unless a call names another. */
export const openModel = <Specification extends { readonly kind: string }>(
  definition: EstimatorDefinition<{ readonly kind: string }>,
  specification: Specification,
  { parameters, state }: FittedModel,
  fittedOn: FittedColumns,
  device: Device,
): FittedEstimator => {
  const { columns } = fittedOn;
  // A tensor stays on the device that it was first used on.
  const uploaded = new Map<Device, Record<string, Tensor>>();
  const tensorsOn = (own: Device): Record<string, Tensor> => {
    const tensors =
      uploaded.get(own) ??
      Object.fromEntries(
        Object.entries(parameters).map(([name, { shape, data: values }]) => [name, tensor(values, shape)]),
      );
    uploaded.set(own, tensors);
    return tensors;
  };
  return {
    parameters,
    state,
    predict: async (x, where = {}) => {
      const own = aligned(asMatrix(x), fittedOn);
      checkFeatures(own, definition.takesMissing);
      const target = where.device ?? device;
      using apply = compile(
        (features: Tensor, parameters: NamedTensors): Record<string, Tensor> => ({
          ...definition.apply(specification, state, features, parameters),
        }),
        { device: target },
      );
      const answers: Record<string, HostArray> = {};
      for (let from = 0; from === 0 || from < own.rows; from += batchRows) {
        const rows = Math.min(batchRows, own.rows - from);
        using features = tensor(own.data.subarray(from * columns, (from + rows) * columns), [rows, columns]);
        for (const [name, value] of Object.entries(await apply(features, tensorsOn(target)))) {
          using output = value;
          const part = await output.data();
          if (rows === own.rows) answers[name] = part;
          else {
            const width = part.length / rows;
            answers[name] ??= hostArray(value.dtype, own.rows * width);
            answers[name].set(part, from * width);
          }
        }
      }
      return answers;
    },
    [Symbol.dispose]: () => {
      for (const tensors of uploaded.values()) for (const value of Object.values(tensors)) value.dispose();
    },
  };
};
