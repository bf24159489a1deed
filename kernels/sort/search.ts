// Places in sorted rows by binary search, and counts of small integers: what histograms are made of.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { type AttributeValue, op } from "../contract/op.ts";
import { describeType, sameShape, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { rowsAlong } from "./shape.ts";

export type SearchSortedAttributes = {
  readonly [name: string]: AttributeValue;
  /** Behind elements equal to the value instead of before them. */
  readonly right: boolean;
};

export const searchType = ([sorted, values]: readonly TensorType[]): TensorType => {
  if (!sorted || !values) throw new ArgumentError("searchSorted takes two inputs");
  if (sorted.dtype === "bool" || sorted.dtype !== values.dtype)
    throw new DTypeError(
      `searchSorted takes sorted elements and values of one dtype, f32, i32 or u32, but got ${describeType(sorted)} and ${describeType(values)}`,
    );
  if (
    sorted.shape.length === 0 ||
    !sameShape(sorted.shape.slice(0, -1), values.shape.slice(0, -1)) ||
    values.shape.length === 0
  )
    throw new ShapeError(
      `searchSorted: ${describeType(sorted)} and the values ${describeType(values)} must agree in all axes but the last`,
    );
  return { dtype: "i32", shape: values.shape };
};

/**
 * For each of `values` [..., m] the number of elements of its row of `sorted` [..., n] that are less (with `right`: not
 * greater), as i32. NaN is behind every number, as sort puts it.
 */
export const searchSorted = op<SearchSortedAttributes>({
  name: "searchSorted",
  inputs: ["sorted", "values"],
  outputs: (inputs) => [searchType(inputs)],
  work: ([sorted, values]) => {
    const count = sizeOf(values?.shape ?? []);
    const steps = Math.ceil(Math.log2(1 + rowsAlong(sorted).length));
    return { flops: count * steps, bytes: 8 * count + 4 * Math.min(sizeOf(sorted?.shape ?? []), count * steps) };
  },
});

export type BinCountAttributes = {
  readonly [name: string]: AttributeValue;
  /** Number of bins, the size of the last axis. */
  readonly bins: number;
};

export const countType = (indices: TensorType | undefined, bins: number): TensorType => {
  if (indices?.dtype !== "i32")
    throw new DTypeError(
      `binCount takes i32 indices, but got ${indices ? describeType(indices) : "none"}; convert with .to("i32")`,
    );
  if (indices.shape.length === 0) throw new ShapeError("binCount takes at least one axis, but got a scalar");
  if (!Number.isInteger(bins) || bins < 0)
    throw new ArgumentError(`binCount: bins must be a whole number of at least 0, but is ${bins}`);
  return { dtype: "i32", shape: [...indices.shape.slice(0, -1), bins] };
};

/** How often each of 0..bins-1 stands in each row of i32 [..., n]: i32 [..., bins]. Others are left out. */
export const binCount = op<BinCountAttributes>({
  name: "binCount",
  inputs: ["indices"],
  outputs: ([indices], { bins }) => [countType(indices, bins)],
  work: ([indices], { bins }) => {
    const { rows, length } = rowsAlong(indices);
    return { flops: rows * length, bytes: 4 * rows * (length + bins) };
  },
});
