// The contract of an estimator over a matrix of features: what it is given, what it keeps, and what its graph answers. Each
// family's folder holds one definition a kind; estimators.ts finds it by the kind of a specification.
import type { Work } from "@millrace/kernels";
import type { Device } from "../device/device.ts";
import type { NamedTensors, ParameterValue } from "../preprocess/features.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { CheckpointOptions } from "./checkpoint.ts";
import type { PartialFit } from "./partial-fit.ts";
import type { TrainingReport } from "./training.ts";
import type { UsageMeter } from "./usage.ts";

/** What an estimator answers: a class, a quantity, an order within groups, a cluster, or how unusual a row is. */
export type EstimatorTask = "classification" | "regression" | "ranking" | "clustering" | "outlierDetection";

/** Features of rows: f32 [rows, columns], row-major; NaN is missing. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
  /** One a column. */
  readonly names: readonly string[];
  /** Columns that hold category codes, whole numbers from 0 up, instead of quantities. */
  readonly categorical: readonly number[];
}

/** The rows of a fit. */
export interface FitData {
  readonly x: Matrix;
  /** Classification: the class of each row, 0 to classCount - 1. */
  readonly codes?: Int32Array | undefined;
  readonly classCount?: number | undefined;
  /** Regression and ranking: the quantity of each row, finite. */
  readonly target?: Float64Array | undefined;
  /** Weight of each row, at least 0; 1 if left out. */
  readonly weights?: Float64Array | undefined;
  /** Ranking: the group of each row; rows of a group stand together. */
  readonly groups?: Int32Array | undefined;
}

/** What a fit runs with. */
export interface FitContext {
  readonly device: Device;
  /** Equal seeds, rows and options give equal models on every device that promises the same bits. */
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly report?: ((report: TrainingReport) => void) | undefined;
  readonly meter?: UsageMeter | undefined;
  readonly checkpoint?: CheckpointOptions | undefined;
}

/** Plain JSON. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };

/** A tensor as an estimator keeps it. */
export type StoredParameter =
  | ParameterValue
  | { readonly shape: readonly number[]; readonly data: Int32Array | Uint32Array };

/** What a fit found. */
export interface FittedModel {
  /** By name; the bundle keeps them and the graph reads them. */
  readonly parameters: Readonly<Record<string, StoredParameter>>;
  /** What the graph is written from and what people ask (counts, importances, curves), as far as it is no tensor. */
  readonly state: Plain;
}

/** Answers as graph; a model gives those of its task. */
export interface ModelOutputs {
  /** f32 [rows, classes]. */
  readonly probabilities?: Tensor;
  /** f32 [rows]: the quantity, or the rank's score. */
  readonly prediction?: Tensor;
  /** i32 [rows]. */
  readonly cluster?: Tensor;
  /** f32 [rows]: outlier detection, higher is more unusual; classifiers without probabilities, [rows, classes] margins. */
  readonly score?: Tensor;
}

/** One kind of estimator. */
export interface EstimatorDefinition<Specification extends { readonly kind: string }, Statistics = unknown> {
  readonly kind: Specification["kind"];
  readonly task: EstimatorTask;
  /** Missing values (NaN) are taken as they are. */
  readonly takesMissing: boolean;
  /** Columns of category codes are split by category, not by size. */
  readonly takesCategories: boolean;
  /** @throws ArgumentError naming the option, what came and what would do */
  readonly check: (specification: Specification) => void;
  /** @throws ArgumentError, DivergenceError, or the signal's reason */
  readonly fit: (specification: Specification, data: FitData, context: FitContext) => Promise<FittedModel>;
  /** The same fit batch by batch, where there is one. */
  readonly partial?: PartialFit<Specification, Statistics>;
  /** The fitted model as graph over features f32 [rows, columns]. `parameters` holds the tensors of FittedModel by name. */
  readonly apply: (
    specification: Specification,
    state: Plain,
    features: Tensor,
    parameters: NamedTensors,
  ) => ModelOutputs;
  /** Operations and bytes of a fit, before it runs. */
  readonly work: (
    specification: Specification,
    sizes: { readonly rows: number; readonly columns: number; readonly classes: number },
  ) => Work;
}
