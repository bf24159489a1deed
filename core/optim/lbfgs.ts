// L-BFGS (Nocedal and Wright, Numerical Optimization, 2nd edition, algorithms 7.4 and 7.5) on the host in float64, for a
// smooth objective whose value and gradient come from a device in float32. The line search is backtracking by cubic
// interpolation with the sufficient-decrease condition, loosened by what float32 rounds.

/** Where a minimisation stands. Plain data: what a checkpoint keeps. */
export interface LbfgsState {
  readonly point: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  /** Differences of points and of gradients, oldest first. */
  readonly steps: readonly Float64Array[];
  readonly changes: readonly Float64Array[];
  readonly iteration: number;
  readonly converged: boolean;
}

export interface Evaluation {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** A function to minimise, with its gradient. */
export type Objective = (point: Float64Array) => Promise<Evaluation>;

const memory = 10;
/** Rounding of a float32 objective: smaller gains are none. */
const valueRounding = 2 ** -22;
/** The largest gradient element at which the minimum is taken as reached. */
const gradientTolerance = 1e-5;

const dot = (left: Float64Array, right: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += (left[i] ?? 0) * (right[i] ?? 0);
  return sum;
};
const combine = (left: Float64Array, factor: number, right: Float64Array): Float64Array =>
  left.map((value, i) => value + factor * (right[i] ?? 0));
const largest = (vector: Float64Array): number => vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The state at a first point. */
export const startLbfgs = async (point: Float64Array, objective: Objective): Promise<LbfgsState> => {
  const { value, gradient } = await objective(point);
  const converged = largest(gradient) <= gradientTolerance;
  return { point, value, gradient, steps: [], changes: [], iteration: 0, converged };
};

/** The quasi-Newton direction: minus the inverse Hessian's estimate times the gradient. */
const directionOf = ({ gradient, steps, changes }: LbfgsState): Float64Array => {
  let direction: Float64Array = gradient.map((value) => -value);
  const factors: number[] = [];
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i] ?? direction;
    const change = changes[i] ?? direction;
    const factor = dot(step, direction) / dot(step, change);
    factors[i] = factor;
    direction = combine(direction, -factor, change);
  }
  const lastStep = steps[steps.length - 1];
  const lastChange = changes[changes.length - 1];
  if (lastStep && lastChange) {
    const scale = dot(lastStep, lastChange) / dot(lastChange, lastChange);
    direction = direction.map((value) => value * scale);
  }
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i] ?? direction;
    const change = changes[i] ?? direction;
    const factor = dot(change, direction) / dot(step, change);
    direction = combine(direction, (factors[i] ?? 0) - factor, step);
  }
  return direction;
};

interface Accepted extends Evaluation {
  readonly point: Float64Array;
}

const lineSearch = async (
  state: LbfgsState,
  direction: Float64Array,
  slope: number,
  objective: Objective,
): Promise<Accepted | undefined> => {
  let length = state.steps.length === 0 ? Math.min(1, 1 / Math.max(1e-12, largest(state.gradient))) : 1;
  for (let attempt = 0; attempt < 20; attempt++) {
    // The point is rounded as the device will see it, so that value and gradient belong to it.
    const point = Float64Array.from(combine(state.point, length, direction), Math.fround);
    const evaluation = await objective(point);
    const allowance = valueRounding * Math.max(1e-3, Math.abs(state.value));
    if (evaluation.value <= state.value + 1e-4 * length * slope + allowance) return { ...evaluation, point };
    const curvature = 2 * (evaluation.value - state.value - slope * length);
    const guess = Number.isFinite(curvature) && curvature > 0 ? (-slope * length * length) / curvature : 0;
    length = Math.min(0.5 * length, Math.max(0.1 * length, guess));
  }
  return undefined;
};

/** One iteration. Converged when the gradient is small, or when a step gains nothing that float32 can tell. */
export const lbfgsIteration = async (state: LbfgsState, objective: Objective): Promise<LbfgsState> => {
  if (state.converged) return state;
  let direction = directionOf(state);
  let slope = dot(direction, state.gradient);
  let own = state;
  if (!(slope < 0)) {
    own = { ...state, steps: [], changes: [] };
    direction = directionOf(own);
    slope = dot(direction, own.gradient);
  }
  const accepted = await lineSearch(own, direction, slope, objective);
  if (!accepted) return { ...own, converged: true, iteration: state.iteration + 1 };
  const step = combine(accepted.point, -1, own.point);
  const change = combine(accepted.gradient, -1, own.gradient);
  // A pair of too little curvature would spoil the estimate.
  const useful = dot(step, change) > 1e-10 * dot(change, change) && largest(step) > 0;
  return {
    point: accepted.point,
    value: accepted.value,
    gradient: accepted.gradient,
    steps: useful ? [...own.steps, step].slice(-memory) : own.steps,
    changes: useful ? [...own.changes, change].slice(-memory) : own.changes,
    iteration: state.iteration + 1,
    converged: largest(accepted.gradient) <= gradientTolerance || accepted.value >= own.value,
  };
};
