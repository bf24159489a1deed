// Places in sorted rows by binary search, and counts of small integers: what histograms are made of.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { type AttributeValue, type Case, op, type ReferenceTensor } from "../contract/op.ts";
import { type DType, describeType, sameShape, sizeOf, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { binCountWasm, searchSortedWasm } from "./search.launch.ts";
import { binCountWebGPU, searchSortedWebGPU } from "./search.wgsl.ts";
import { rowsAlong } from "./shape.ts";

export type SearchSortedAttributes = {
  readonly [name: string]: AttributeValue;
  /** Behind elements equal to the value instead of before them. */
  readonly right: boolean;
};

const searchType = ([sorted, values]: readonly TensorType[]): TensorType => {
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

const searchCall = (
  leading: number[],
  length: number,
  count: number,
  dtype: DType = "f32",
  right = false,
  values: readonly (string | readonly number[])[] = [
    Array.from({ length: sizeOf(leading) * length }, (_, i) => ((i % length) - length / 2) >> 1),
    dtype === "f32" ? "special" : "normal",
  ],
): Case<SearchSortedAttributes> => ({
  inputs: [
    { dtype, shape: [...leading, length] },
    { dtype, shape: [...leading, count] },
  ],
  attributes: { right },
  values,
});

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
  tolerance: within(0, 0),
  reference: ([sorted, values], { right }): ReferenceTensor[] => {
    if (!sorted || !values) return [];
    const type = searchType([sorted.type, values.type]);
    const { length } = rowsAlong(sorted.type);
    const { length: count } = rowsAlong(values.type);
    const before = (x: number, y: number): boolean =>
      Number.isNaN(y) ? !Number.isNaN(x) || right : right ? x <= y : x < y;
    const data = new Int32Array(sizeOf(type.shape));
    for (let i = 0; i < data.length; i++) {
      const row = Math.floor(i / count) * length;
      const value = values.data[i] ?? Number.NaN;
      let place = 0;
      while (place < length && before(sorted.data[row + place] ?? Number.NaN, value)) place++;
      data[i] = place;
    }
    return [{ type, data }];
  },
  kernels: [...searchSortedWasm, ...searchSortedWebGPU],
  cases: [
    ...[false, true].flatMap((right) => [
      searchCall([], 7, 64, "f32", right),
      searchCall([2, 3], 8, 33, "f32", right),
      searchCall([], 900, 5, "i32", right),
      searchCall([2], 100, 2000, "u32", right, [[...new Array(200).keys()].map((i) => (i % 100) * 7), "index:800"]),
      searchCall([], 5, 4, "f32", right, [
        [-1, 0, 3, Number.NaN, Number.NaN],
        [Number.NaN, 3, -2, 9],
      ]),
    ]),
    searchCall([], 1, 1),
    searchCall([], 0, 3),
    searchCall([2], 3, 0),
    searchCall([0], 3, 2),
  ],
});

export type BinCountAttributes = {
  readonly [name: string]: AttributeValue;
  /** Number of bins, the size of the last axis. */
  readonly bins: number;
};

const countType = (indices: TensorType | undefined, bins: number): TensorType => {
  if (indices?.dtype !== "i32")
    throw new DTypeError(
      `binCount takes i32 indices, but got ${indices ? describeType(indices) : "none"}; convert with .to("i32")`,
    );
  if (indices.shape.length === 0) throw new ShapeError("binCount takes at least one axis, but got a scalar");
  if (!Number.isInteger(bins) || bins < 0)
    throw new ArgumentError(`binCount: bins must be a whole number of at least 0, but is ${bins}`);
  return { dtype: "i32", shape: [...indices.shape.slice(0, -1), bins] };
};

const countCall = (
  shape: number[],
  bins: number,
  values: string | readonly number[] = `index:${Math.max(1, bins)}`,
): Case<BinCountAttributes> => ({ inputs: [{ dtype: "i32", shape }], attributes: { bins }, values: [values] });

/** How often each of 0..bins-1 stands in each row of i32 [..., n]: i32 [..., bins]. Others are left out. */
export const binCount = op<BinCountAttributes>({
  name: "binCount",
  inputs: ["indices"],
  outputs: ([indices], { bins }) => [countType(indices, bins)],
  work: ([indices], { bins }) => {
    const { rows, length } = rowsAlong(indices);
    return { flops: rows * length, bytes: 4 * rows * (length + bins) };
  },
  tolerance: within(0, 0),
  reference: ([indices], { bins }): ReferenceTensor[] => {
    const type = countType(indices?.type, bins);
    const { length } = rowsAlong(indices?.type);
    const data = new Int32Array(sizeOf(type.shape));
    indices?.data.forEach((bin, i) => {
      const at = Math.floor(i / length) * bins + bin;
      if (bin >= 0 && bin < bins) data[at] = (data[at] ?? 0) + 1;
    });
    return [{ type, data }];
  },
  kernels: [...binCountWasm, ...binCountWebGPU],
  cases: [
    countCall([7], 3),
    countCall([2, 3, 50], 5),
    countCall([6], 4, [0, 3, 3, -1, 4, 0]),
    countCall([1000], 2000),
    countCall([3, 300], 1024),
    countCall([3, 300], 1025),
    countCall([16_384], 10),
    countCall([16_385], 10),
    countCall([70_001], 3),
    countCall([0], 3),
    countCall([3, 0], 2),
    countCall([4], 0),
  ],
});
