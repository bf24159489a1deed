// The contract of a step over numbers: a fit that merges, in float64 on the host, and a graph that applies what it found.
// Each step is one file with one definition; numeric-steps.ts finds it by its kind.
import type { Device } from "../device/device.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { NamedTensors } from "./features.ts";
import type { FittedNumbers } from "./fitted.ts";

/** Training rows as they reach a step. */
export interface StepBatch {
  readonly rows: number;
  readonly width: number;
  /** [rows, width], row-major; NaN is missing. */
  readonly values: Float64Array;
  /** The class of each row, for steps that choose by it. */
  readonly codes?: Int32Array | undefined;
  /** The quantity of each row, for steps that choose by it. */
  readonly target?: Float64Array | undefined;
}

/** Numbers on their way through the graph. */
export interface Stage {
  /** f32 [rows, width]; where nothing is present, any finite number. */
  readonly matrix: Tensor;
  /** bool [rows, width]; left out where every value is present. */
  readonly present?: Tensor | undefined;
}

/** What a step found: numbers, and what the graph does with them. */
export interface FittedStep {
  readonly parameters: Readonly<Record<string, FittedNumbers>>;
  /**
   * Parameters that are places on the axis of their column, [width] or [places, width]; of the first, the middle row becomes
   * the door's origin. For steps whose outcome depends on distances to these places alone. Default none.
   */
  readonly locations?: readonly string[];
  /** What people ask of the step beside its features, such as explained variance or scores. */
  readonly found?: Readonly<Record<string, readonly number[]>>;
  readonly featureNames: readonly string[];
  readonly apply: (stage: Stage, parameters: NamedTensors) => Stage;
}

/** What a step is fitted with. */
export interface StepContext {
  /** Where heavy sums run. Default: the default device. */
  readonly device?: Device | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A kind of step. States are immutable: `add` and `merge` give new ones. */
export interface NumericStepDefinition<Specification, State> {
  /** False: a missing value at this step is an error, which an imputer before it prevents. */
  readonly takesMissing: boolean;
  /** After it nothing is missing. Default false. */
  readonly fills?: boolean;
  /** @throws ArgumentError for options that make no sense */
  readonly check: (step: Specification) => void | Promise<void>;
  readonly start: (width: number) => State;
  readonly add: (state: State, batch: StepBatch, step: Specification, context: StepContext) => State | Promise<State>;
  readonly merge: (left: State, right: State, step: Specification) => State | Promise<State>;
  /** @param names of the columns that come in. @throws FitError when the rows say too little */
  readonly finish: (
    step: Specification,
    state: State,
    names: readonly string[],
    context: StepContext,
  ) => FittedStep | Promise<FittedStep>;
}

/** A list as a fitted vector. */
export const fittedVector = (data: readonly number[]): FittedNumbers => ({ shape: [data.length], data });

/** The parameter of a name. */
export const taken = (parameters: NamedTensors, name: string): Tensor => {
  const own = parameters[name];
  if (!own) throw new RangeError(`the step lacks its parameter "${name}"`);
  return own;
};
