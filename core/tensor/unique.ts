// Distinct elements. How many there are is known only from the data, so this computes at once.
import { ArgumentError } from "@millrace/kernels";
import { applyOp } from "../graph/node.ts";
import { evaluate } from "./evaluate.ts";
import { hostArray } from "./host-array.ts";
import { Tensor, tensor } from "./tensor.ts";

/** What unique gives. */
export interface Unique {
  /** The distinct elements in ascending order, NaN last; [m], x's dtype. */
  readonly values: Tensor;
  /** For each element of x its place in `values`; x's shape, i32. */
  readonly inverse: Tensor;
  /** How often each of `values` occurs; [m], i32. */
  readonly counts: Tensor;
}

/**
 * The distinct elements of x (any shape), where each element stands among them, and how often each occurs. All NaN are
 * one, as are zeros of both signs. The sizes depend on the data: this computes x at once, sorts it on its device and
 * reads it back, so it cannot be used inside a traced function, and no gradient flows through it.
 * @throws DTypeError for bool; ArgumentError inside a traced function
 * @example const { values, counts } = await unique(tensor([3, 1, 3])); // [1, 3] and [1, 2]
 */
export const unique = async (x: Tensor): Promise<Unique> => {
  const sorting = applyOp("sort", [x.reshape([x.size]).value], { descending: false });
  const [ordered, places] = (await evaluate(sorting)).map((value) => new Tensor(value));
  if (!ordered || !places) throw new ArgumentError("unique: the sort gave no result");
  const [elements, from] = [await ordered.data(), await places.data()];
  ordered.dispose();
  places.dispose();
  const same = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));
  const starts: number[] = [];
  const inverse = new Int32Array(x.size);
  for (let i = 0; i < x.size; i++) {
    if (i === 0 || !same(elements[i] ?? 0, elements[i - 1] ?? 0)) starts.push(i);
    inverse[from[i] ?? 0] = starts.length - 1;
  }
  const values = hostArray(x.dtype, starts.length);
  const counts = new Int32Array(starts.length);
  starts.forEach((start, i) => {
    values[i] = elements[start] ?? 0;
    counts[i] = (starts[i + 1] ?? x.size) - start;
  });
  return { values: tensor(values), inverse: tensor(inverse, x.shape), counts: tensor(counts) };
};
