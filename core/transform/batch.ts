// batch: from a function of one example to the function of many (vmap). Lazy and free to be nested with grad and compile.
import { ArgumentError } from "@millrace/kernels";
import { batchGraph } from "../graph/batch.ts";
import { inputValue, type Value } from "../graph/node.ts";
import { Tensor } from "../tensor/tensor.ts";
import { flattenTree, rebuildTree } from "../tensor/tree.ts";

/** Options of batch. */
export interface BatchOptions {
  /** Positions of arguments that all examples share. Default: none. */
  readonly shared?: readonly number[];
}

/**
 * A function of B examples along the first axis of its arguments, from a function of one. Results get the same first
 * axis. One program, not a loop: k folds times m configurations train as one.
 * @throws ArgumentError when no argument is batched or their first axes differ
 * @example
 * const norms = batch((row: Tensor) => row.square().sum().sqrt());
 * await norms(tensor([[3, 4], [6, 8]])).toArray(); // [5, 10]
 */
export const batch =
  <A extends readonly unknown[], R>(fn: (...args: A) => R, options: BatchOptions = {}) =>
  (...args: A): R => {
    const shared = new Set(options.shared ?? []);
    for (const i of shared)
      if (!Number.isInteger(i) || i < 0 || i >= args.length)
        throw new ArgumentError(`batch: { shared: [${i}] } names no argument; the call has ${args.length}, from 0 on`);
    const replacements = new Map<Value, Value>();
    let count: number | undefined;
    const example = args.map((argument, i) => {
      if (shared.has(i)) return argument;
      const stand = flattenTree(argument, `argument ${i}`).map((leaf) => {
        const [first, ...own] = leaf.shape;
        if (first === undefined)
          throw new ArgumentError(
            `batch: argument ${i} holds a scalar; give it a first axis, or name it in { shared: [${i}] }`,
          );
        count ??= first;
        const placeholder = inputValue({ dtype: leaf.dtype, shape: own });
        replacements.set(placeholder, leaf.value);
        return new Tensor(placeholder);
      });
      return rebuildTree(argument, stand);
    });
    if (count === undefined)
      throw new ArgumentError("batch needs at least one argument that differs between the examples");
    // Only tensors were replaced, by tensors of one example.
    const result = fn(...(example as unknown as A));
    const outputs = flattenTree(result, "the result").map((tensor) => tensor.value);
    return rebuildTree(
      result,
      batchGraph(outputs, replacements, count).map((value) => new Tensor(value)),
    );
  };
