// Counts of values: by bins, or of small integers.
import { ArgumentError, ShapeError } from "@millrace/kernels";
import { apply } from "../graph/node.ts";
import { searchSorted } from "./sort.ts";
import { concatenate, range, Tensor, tensor } from "./tensor.ts";

/**
 * How often each of 0..bins-1 stands in i32 x along the last axis: i32 [..., bins]. Numbers outside are left out.
 * @throws DTypeError unless x is i32, ArgumentError for a number of bins that is not whole
 * @example binCount(tensor(Int32Array.of(0, 2, 2)), 4) // [1, 0, 2, 0]
 */
export const binCount = (x: Tensor, bins: number): Tensor => new Tensor(apply("binCount", [x.value], { bins }));

/** Options of histogram. */
export interface HistogramOptions {
  /** Number of bins of equal width. */
  readonly bins: number;
  /** Lower end of the first and upper end of the last bin; x's smallest and largest when left out. */
  readonly range?: readonly [number, number];
}

/** Edges of equal bins from the smallest to the largest element; half a unit around where these are the same. */
const edgesOf = (x: Tensor, bins: number): Tensor => {
  const [smallest, largest] = [x.min(), x.max()];
  const single = smallest.equal(largest);
  const low = single.where(smallest.subtract(0.5), smallest);
  const high = single.where(largest.add(0.5), largest);
  const inner = range(bins, "f32").divide(bins).multiply(high.subtract(low)).add(low);
  return concatenate([inner, high.reshape([1])]);
};

/**
 * Counts of f32 x (any shape, all elements) in bins: i32 [bins]. A bin holds its lower edge and not its upper, but the
 * last holds both, as in NumPy. Elements outside and NaN are left out; without a range NaN in x makes all counts 0.
 * @param bins options for bins of equal width, or the ascending f32 edges [bins + 1] themselves
 * @throws ArgumentError for a number of bins below 1 or an empty range, ShapeError for edges that make no bin
 * @example histogram(tensor([1, 2, 2, 4]), { bins: 3, range: [1, 4] }) // [1, 2, 1]
 */
export const histogram = (x: Tensor, bins: HistogramOptions | Tensor): Tensor => {
  const edges = bins instanceof Tensor ? bins : equalEdges(x, bins);
  const last = edges.size - 1;
  if (edges.rank !== 1 || last < 1)
    throw new ShapeError(
      `histogram: edges must be [bins + 1] with at least one bin, but are [${edges.shape.join(", ")}]`,
    );
  const flat = x.reshape([x.size]);
  const places = searchSorted(edges, flat, { right: true }).subtract(1);
  const top = edges.slice([last], [1]);
  return binCount(flat.equal(top).where(last - 1, places), last);
};

const equalEdges = (x: Tensor, { bins, range: ends }: HistogramOptions): Tensor => {
  if (!Number.isInteger(bins) || bins < 1)
    throw new ArgumentError(`histogram: bins must be a whole number of at least 1, but is ${bins}`);
  if (!ends) return edgesOf(x, bins);
  const [low, high] = ends;
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high))
    throw new ArgumentError(`histogram: the range must go up between finite numbers, but is ${low} to ${high}`);
  return tensor(Float32Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins));
};
