// LSTM (Hochreiter and Schmidhuber 1997, with forget gates) and GRU (Cho and others 2014), unrolled over time by the graph.
// The products of all inputs are one matrix product; each step multiplies only its state. Gates lie side by side in
// PyTorch's order, so that its transposed weights fit.
import { ShapeError } from "@millrace/kernels";
import { split, stack } from "../tensor/arrange.ts";
import { type Tensor, zeros } from "../tensor/tensor.ts";
import { uniform } from "./initialise.ts";
import { checkWidth, firstWeights } from "./layer.ts";

/** Parameters of a recurrent layer. */
export interface RecurrentParameters {
  /** [inputs, gates * hidden] */
  readonly inputWeight: Tensor;
  /** [hidden, gates * hidden] */
  readonly stateWeight: Tensor;
  /** [gates * hidden] */
  readonly inputBias: Tensor;
  /** [gates * hidden] */
  readonly stateBias: Tensor;
}

/** A layer over time: [batch, time, inputs] -> [batch, time, hidden], and the state after the last step. */
export interface RecurrentLayer<S> {
  initialise(seed: number): RecurrentParameters;
  /** The state of zeros before the first step. */
  initialState(batch: number): S;
  apply(parameters: RecurrentParameters, x: Tensor, state?: S): { value: Tensor; state: S };
}

/** All f32 [batch, hidden]. */
export interface LstmState {
  readonly hidden: Tensor;
  readonly cell: Tensor;
}

/** All weights begin uniform within 1 / sqrt(hidden), as PyTorch's do. */
const begin = (inputs: number, hidden: number, gates: number, seed: number): RecurrentParameters => {
  const draw = uniform(1 / Math.sqrt(hidden));
  return {
    inputWeight: firstWeights(draw, [inputs, gates * hidden], seed, 0),
    stateWeight: firstWeights(draw, [hidden, gates * hidden], seed, 1),
    inputBias: firstWeights(draw, [gates * hidden], seed, 2),
    stateBias: firstWeights(draw, [gates * hidden], seed, 3),
  };
};

/**
 * The steps [batch, width] of [batch, time, width], by halves of halves: the gradient of a slice is as large as what it
 * was cut from, so cutting each step from the whole would cost time squared in training.
 */
const stepsOf = (x: Tensor): Tensor[] => {
  const [batch = 0, time = 0, width = 0] = x.shape;
  if (time === 1) return [x.reshape([batch, width])];
  const half = Math.ceil(time / 2);
  return split(x, [half, time - half], 1).flatMap(stepsOf);
};

/** Runs a cell over the time steps of x, whose inputs' products are given to it step by step. */
const unroll = <S>(
  name: string,
  { inputWeight, inputBias }: RecurrentParameters,
  x: Tensor,
  first: S,
  hiddenOf: (state: S) => Tensor,
  cell: (projected: Tensor, state: S) => S,
): { value: Tensor; state: S } => {
  const [inputs = 0, width = 0] = inputWeight.shape;
  checkWidth(name, x, inputs);
  const [batch, time] = x.shape;
  if (x.rank !== 3 || batch === undefined || !time)
    throw new ShapeError(
      `${name} takes [batch, time, ${inputs}] with a time of at least 1, but got [${x.shape.join(", ")}]`,
    );
  const projected = x
    .reshape([batch * time, inputs])
    .matmul(inputWeight)
    .add(inputBias)
    .reshape([batch, time, width]);
  let state = first;
  const values = stepsOf(projected).map((own) => {
    state = cell(own, state);
    return hiddenOf(state);
  });
  return { value: stack(values, 1), state };
};

/**
 * Long short-term memory. Gates in the order input, forget, cell, output.
 * @example const { value, state } = lstm(8, 32).apply(parameters, x);
 */
export const lstm = (inputs: number, hidden: number): RecurrentLayer<LstmState> => {
  const initialState = (batch: number): LstmState => ({
    hidden: zeros([batch, hidden]),
    cell: zeros([batch, hidden]),
  });
  return {
    initialise: (seed) => begin(inputs, hidden, 4, seed),
    initialState,
    apply: (parameters, x, state = initialState(x.shape[0] ?? 0)) =>
      unroll(
        "lstm",
        parameters,
        x,
        state,
        (own) => own.hidden,
        (projected, own) => {
          const gates = projected.add(own.hidden.matmul(parameters.stateWeight).add(parameters.stateBias));
          const [input = gates, forget = gates, fresh = gates, output = gates] = split(gates, 4, 1);
          const cell = forget.sigmoid().multiply(own.cell).add(input.sigmoid().multiply(fresh.tanh()));
          return { hidden: output.sigmoid().multiply(cell.tanh()), cell };
        },
      ),
  };
};

/**
 * Gated recurrent unit. Gates in the order reset, update, new; the reset gate acts behind the state's product and bias,
 * as in PyTorch. Its state is f32 [batch, hidden].
 * @example const { value, state } = gru(8, 32).apply(parameters, x);
 */
export const gru = (inputs: number, hidden: number): RecurrentLayer<Tensor> => {
  const initialState = (batch: number): Tensor => zeros([batch, hidden]);
  return {
    initialise: (seed) => begin(inputs, hidden, 3, seed),
    initialState,
    apply: (parameters, x, state = initialState(x.shape[0] ?? 0)) =>
      unroll(
        "gru",
        parameters,
        x,
        state,
        (own) => own,
        (projected, own) => {
          const kept = own.matmul(parameters.stateWeight).add(parameters.stateBias);
          const [reset = kept, update = kept, fresh = kept] = split(projected, 3, 1);
          const [ownReset = kept, ownUpdate = kept, ownFresh = kept] = split(kept, 3, 1);
          const share = update.add(ownUpdate).sigmoid();
          const candidate = fresh.add(reset.add(ownReset).sigmoid().multiply(ownFresh)).tanh();
          return candidate.add(share.multiply(own.subtract(candidate)));
        },
      ),
  };
};
