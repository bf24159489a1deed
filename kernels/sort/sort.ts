// A stable sort of each row with the places that its elements came from. Stable order is unique, so every algorithm and
// any number of threads give the same bits.
import { ArgumentError, DTypeError, ShapeError } from "../contract/error.ts";
import { type AttributeValue, type Case, op, type ReferenceArray, type ReferenceTensor } from "../contract/op.ts";
import { byteSizeOf, type DType, describeType, type TensorType } from "../contract/tensor-type.ts";
import { within } from "../contract/tolerance.ts";
import { referenceArray } from "../map/map.reference.ts";
import { rowsAlong } from "./shape.ts";
import { sortWasm } from "./sort.launch.ts";
import { sortWebGPU } from "./sort.wgsl.ts";

export type SortAttributes = {
  readonly [name: string]: AttributeValue;
  /** Largest first. Equal elements keep their order and NaN comes last either way. */
  readonly descending: boolean;
};

/** Checks what has an order along a last axis. */
export const sortable = (name: string, x: TensorType | undefined): TensorType => {
  if (!x) throw new ArgumentError(`${name} takes one input`);
  if (x.shape.length === 0)
    throw new ShapeError(`${name} takes at least one axis, but got the scalar ${describeType(x)}`);
  if (x.dtype === "bool")
    throw new DTypeError(`${name} takes f32, i32 or u32, but got ${describeType(x)}; convert with .to("i32")`);
  return x;
};

/** The places of a row's elements in their order. */
export const orderOfRow = (row: ReferenceArray, descending: boolean): Int32Array =>
  Int32Array.from({ length: row.length }, (_, i) => i).sort((i, j) => {
    const [a, b] = [row[i] ?? Number.NaN, row[j] ?? Number.NaN];
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || i - j;
    return (descending ? b - a : a - b) || i - j;
  });

const reference = ([x]: readonly ReferenceTensor[], { descending }: SortAttributes): ReferenceTensor[] => {
  const type = sortable("sort", x?.type);
  const { rows, length } = rowsAlong(type);
  const values = referenceArray(type.dtype, rows * length);
  const indices = new Int32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const own = x?.data.subarray(row * length, (row + 1) * length) ?? values;
    orderOfRow(own, descending).forEach((place, i) => {
      values[row * length + i] = own[place] ?? Number.NaN;
      indices[row * length + i] = place;
    });
  }
  return [
    { type, data: values },
    { type: { dtype: "i32", shape: type.shape }, data: indices },
  ];
};

const call = (shape: number[], dtype: DType = "f32", values = "normal", descending = false): Case<SortAttributes> => ({
  inputs: [{ dtype, shape }],
  attributes: { descending },
  values: [values],
});

/** Rows of [..., n] in order: the values, and as i32 the place in its row that each came from. */
export const sort = op<SortAttributes>({
  name: "sort",
  inputs: ["x"],
  outputs: ([x]) => {
    const type = sortable("sort", x);
    return [type, { dtype: "i32", shape: type.shape }];
  },
  work: ([x]) => {
    const { rows, length } = rowsAlong(x);
    return { flops: rows * length * Math.ceil(Math.log2(Math.max(2, length))), bytes: 3 * (x ? byteSizeOf(x) : 0) };
  },
  tolerance: within(0, 0),
  reference,
  kernels: [...sortWasm, ...sortWebGPU],
  cases: [
    ...[false, true].flatMap((descending) => [
      call([7], "f32", "normal", descending),
      call([4, 33], "i32", "normal", descending),
      call([3, 5], "u32", "normal", descending),
      call([64], "f32", "special", descending),
      call([3, 700], "f32", "special", descending),
      call([2, 3, 60], "f32", "index:4", descending),
      call([2, 2049], "i32", "index:3", descending),
      call([1500], "f32", "normal", descending),
    ]),
    ...[47, 48, 49, 1024, 1025, 4096, 4097].map((size) => call([2, size])),
    call([16_383]),
    call([1, 16_384], "f32", "special"),
    call([17_001], "u32", "normal", true),
    call([300, 3]),
    call([5, 1]),
    call([1]),
    call([0]),
    call([3, 0]),
    call([0, 4]),
  ],
});
