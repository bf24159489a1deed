// What people get told when they call something wrongly: each message, whole, as they see it. A message says what came and
// what would do; a new one is read with that in mind before it goes in. The file is long
// because it is one table, to be read from top to bottom.
import {
  batch,
  columnFrom,
  columnOf,
  columnPipeline,
  compile,
  concatenate,
  conv2d,
  cumulativeSum,
  customGradient,
  einsum,
  expandDimensions,
  fitPipeline,
  flip,
  frame,
  frameFromRows,
  frameSource,
  grad,
  holdOut,
  holdOutSplit,
  jvp,
  loadBundle,
  logisticRegression,
  maxPool2d,
  mlpClassifier,
  numericColumn,
  oneHotEncoder,
  openDevice,
  profiled,
  quantizedMatmul,
  quantizeWeights,
  randomKey,
  randomUniform,
  range,
  readSafetensors,
  selectColumns,
  setDefaultDevice,
  simpleImputer,
  split,
  squeeze,
  stack,
  standardScaler,
  swapAxes,
  type Tensor,
  take,
  takeAlongAxis,
  tensor,
  tile,
  timeOrdered,
  topK,
  valueAndGrad,
  writeSafetensors,
  zeros,
} from "@millrace/core";
import { accuracy, rocAuc } from "@millrace/core/metrics";
import { afterAll, describe, expect, test } from "vitest";

const reference = await openDevice("reference");
const wasm = await openDevice("wasm", { threads: 1, deterministic: true });
setDefaultDevice(reference);
afterAll(() => {
  setDefaultDevice(undefined);
  wasm[Symbol.dispose]();
});

const x = tensor([1, 2, 3, 4, 5, 6], [2, 3]);
const square = tensor([1, 2, 3, 4], [2, 2]);
const whole = tensor([0, 1], [2], "i32");
const half = tensor([1, 2], [2], "f16");
const bytes = tensor(Uint8Array.of(1, 2));
const truth = tensor([true, false]);
const image = zeros([1, 3, 8, 8]);
const table = frame({
  height: numericColumn(Float64Array.of(1, 2, 3, 4)),
  kind: columnFrom("kind", ["a", "b", "a", "b"]),
  place: columnFrom("place", ["x", "y", "x", "y"]),
});
const features = columnPipeline([{ columns: ["height"], steps: [simpleImputer(), standardScaler()] }]);
const fitWith = (changes: object): Promise<unknown> =>
  fitPipeline({
    source: frameSource(table),
    features,
    label: { column: "kind" },
    estimator: logisticRegression({ epochs: 1 }),
    split: holdOut({ fraction: 0.5, seed: 1 }),
    seed: 1,
    device: reference,
    ...changes,
  });
/** Calls as a program in plain JavaScript may make them: with values that the types forbid. */
const loosely = <T>(value: unknown): T => value as T;
const used = async (): Promise<Tensor> => {
  const gone = tensor([1, 2]);
  gone.dispose();
  return gone;
};
/** What is wrong, the call, and what it says. */
type Mistake = readonly [string, () => unknown, string];

const mistakes: Readonly<Record<string, readonly Mistake[]>> = {
  "making tensors": [
    [
      "data and shape that disagree",
      () => tensor([1, 2, 3], [2, 2]),
      "ShapeError: 3 elements do not fill the shape [2, 2], which takes 4; leave one size -1 to have it worked out",
    ],
    [
      "rows of unequal length",
      () => tensor([[1, 2], [3]]),
      "ShapeError: the lists are ragged: one has 1 elements where the first has 2; make them alike, or pad them",
    ],
    [
      "a negative size",
      () => zeros([2, -1]),
      "ShapeError: a shape is a list of whole numbers from 0 on, but is [2,-1]",
    ],
    [
      "a size that is not whole",
      () => zeros([1.5]),
      "ShapeError: a shape is a list of whole numbers from 0 on, but is [1.5]",
    ],
    [
      "an unknown dtype",
      () => zeros([2], loosely("f64")),
      'DTypeError: there is no dtype "f64"; there are f32, f16, i32, u32, u8, bool',
    ],
    [
      "text for numbers",
      () => tensor(loosely("12")),
      "ArgumentError: a tensor is made of numbers or booleans, but got a string; turn it into numbers first",
    ],
    [
      "a range of less than nothing",
      () => range(-1),
      "ShapeError: a shape is a list of whole numbers from 0 on, but is [-1]",
    ],
    [
      "a key from no whole number",
      () => randomKey(0.5),
      "ArgumentError: a seed must be a whole number from 0 to 2^53 - 1, but is 0.5",
    ],
    [
      "a key that is no key",
      () => randomUniform(x, [2]),
      "DTypeError: random takes a key u32[2], but got f32[2, 3]; make one with randomKey(seed)",
    ],
  ],
  shapes: [
    [
      "shapes that do not broadcast",
      () => x.add(square),
      "ShapeError: shapes [2, 3] and [2, 2] do not broadcast: axis -1 has sizes 3 and 2; they must be equal or 1",
    ],
    [
      "a product whose inner sizes differ",
      () => x.matmul(x),
      "ShapeError: matmul of f32[2, 3] and f32[2, 3]: the inner sizes are 3 and 2; they must be equal",
    ],
    [
      "a product of batches that differ",
      () => zeros([2, 3, 4]).matmul(zeros([5, 4, 3])),
      "ShapeError: matmul of f32[2, 3, 4] and f32[5, 4, 3]: the batch axes before the last two must be equal, or one side must be a single matrix",
    ],
    [
      "a product with a scalar",
      () => x.matmul(tensor(2)),
      "ShapeError: matmul of f32[2, 3] and f32[]: both need at least two axes; reshape a vector to [1, n] or [n, 1]",
    ],
    [
      "a reshape of another size",
      () => x.reshape([4, 2]),
      "ShapeError: reshape of f32[2, 3] to [4, 2]: the sizes must multiply to 6",
    ],
    [
      "a reshape with two unknown sizes",
      () => x.reshape([-1, -1]),
      "ShapeError: reshape to [-1, -1]: only one size may be -1, which stands for what is left",
    ],
    [
      "a transposition that names an axis twice",
      () => x.transpose([0, 0]),
      "ShapeError: transpose of f32[2, 3]: [0, 0] is not a permutation of its 2 axes; name each once",
    ],
    [
      "an axis that is not there",
      () => x.sum({ axis: 2 }),
      "ShapeError: sum of [2, 3]: there is no axis 2; it must lie between -2 and 1",
    ],
    ["an axis named twice", () => x.sum({ axis: [0, -2] }), "ArgumentError: sum: the axes [0, 0] name one twice"],
    [
      "a slice past the end",
      () => x.slice([0, 0], [2, 4]),
      "ShapeError: slice of f32[2, 3] from [0, 0] with sizes [2, 4] is not inside it; give one start and one size for each axis",
    ],
    [
      "a padding for too few axes",
      () => x.pad([1], [1]),
      "ShapeError: pad of f32[2, 3] takes one width before and one after for each axis, but got [1] and [1]",
    ],
    [
      "a negative padding",
      () => x.pad([-1, 0], [0, 0]),
      "ShapeError: pad of f32[2, 3] takes one width before and one after for each axis, but got [-1, 0] and [0, 0]",
    ],
    [
      "a broadcast that shrinks",
      () => x.broadcastTo([2, 1]),
      "ShapeError: broadcastTo of [2, 3] to [2, 1]: from the last axis on, each size must be the same or 1",
    ],
    [
      "nothing to concatenate",
      () => concatenate([]),
      "ArgumentError: concatenate and stack take at least one tensor, but got an empty list",
    ],
    [
      "parts that do not fit together",
      () => concatenate([x, square]),
      "ShapeError: concatenate of f32[2, 3], f32[2, 2] along axis 0: all other axes must be equal",
    ],
    [
      "parts of another rank",
      () => concatenate([x, whole]),
      "DTypeError: concatenate takes one dtype, but got f32[2, 3], i32[2]",
    ],
    [
      "a stack of unequal shapes",
      () => stack([x, square]),
      "ShapeError: concatenate of f32[1, 2, 3], f32[1, 2, 2] along axis 0: all other axes must be equal",
    ],
    [
      "parts that do not add up",
      () => split(x, [1, 1], 1),
      "ShapeError: split of [2, 3] along axis 1: sizes [1, 1] do not add up to 3 in whole numbers",
    ],
    [
      "parts that do not divide",
      () => split(x, 2, 1),
      "ShapeError: split of [2, 3] along axis 1: sizes [1.5, 1.5] do not add up to 3 in whole numbers",
    ],
    [
      "a squeeze of an axis of size 3",
      () => squeeze(x, [1]),
      "ShapeError: squeeze of [2, 3]: axis 1 has size 3, not 1",
    ],
    [
      "a dimension far out",
      () => expandDimensions(x, 5),
      "ShapeError: expandDimensions of [2, 3]: there is no place 5; it must lie between -3 and 2",
    ],
    [
      "a flip of a missing axis",
      () => flip(x, [3]),
      "ShapeError: flip of [2, 3]: there is no axis 3; it must lie between -2 and 1",
    ],
    [
      "axes to swap that are not there",
      () => swapAxes(x, 0, 2),
      "ShapeError: swapAxes of [2, 3]: there is no axis 2; it must lie between -2 and 1",
    ],
    [
      "a tiling by a fraction",
      () => tile(x, [1, 0.5]),
      "ArgumentError: tile: counts must be whole numbers of at least 0, but are [1, 0.5]",
    ],
    [
      "an einsum with too few tensors",
      () => einsum("ij,jk->ik", x),
      'ArgumentError: einsum "ij,jk->ik": 2 operands are named, but 1 were given',
    ],
    [
      "an einsum with a size that differs",
      () => einsum("ij,jk->ik", x, x),
      'ShapeError: einsum "ij,jk->ik": axis "j" has sizes 3 and 2',
    ],
    [
      "an einsum whose output names an unknown axis",
      () => einsum("ij->ik", x),
      'ArgumentError: einsum "ij->ik": each axis of the result "ik" must be named once, and in an operand',
    ],
    [
      "a convolution of other channels",
      () => conv2d(image, zeros([4, 2, 3, 3])),
      "ShapeError: convolution: an image of 3 channels in 1 group needs weights [outputs, 3, height, width], but they are [4, 2, 3, 3]",
    ],
    [
      "a kernel larger than the image",
      () => conv2d(image, zeros([4, 3, 9, 9])),
      "ShapeError: convolution: a window of 9 with dilation 1 takes 9 places along the height, but the padded image has 8; pad it more or take a smaller window",
    ],
    [
      "a pooling of a matrix",
      () => maxPool2d(x, 2),
      "ShapeError: pool: the image [batch, channels, height, width] must have four axes, but is f32[2, 3]; reshape it",
    ],
    [
      "a running sum along no axis",
      () => cumulativeSum(x, { axis: 4 }),
      "ShapeError: cumulative sum of [2, 3]: there is no axis 4; it must lie between -2 and 1",
    ],
    [
      "more than there are",
      () => topK(x, 5),
      "ArgumentError: topK: k must be a whole number between 0 and 3, the size of the axis, but is 5",
    ],
    [
      "a mask that does not broadcast",
      () => truth.where(x, 0),
      "ShapeError: shapes [2] and [2, 3] and [] do not broadcast: axis -1 has sizes 2 and 3; they must be equal or 1",
    ],
  ],
  dtypes: [
    [
      "numbers and truths",
      () => truth.add(x),
      'DTypeError: add takes f32, i32 or u32, all alike, but got bool, f32; convert with .to("f32"), .to("i32"), .to("u32") or .to("bool")',
    ],
    [
      "the exponential of whole numbers",
      () => whole.exp(),
      'DTypeError: exp takes f32, but got i32; convert with .to("f32"), .to("i32"), .to("u32") or .to("bool")',
    ],
    [
      "a division of whole numbers",
      () => whole.divide(2),
      'DTypeError: divide takes f32, but got i32, i32; convert with .to("f32"), .to("i32"), .to("u32") or .to("bool")',
    ],
    [
      "a product of whole numbers",
      () => tensor([1, 2, 3, 4], [2, 2], "i32").matmul(square),
      'DTypeError: matmul takes f32, but got i32[2, 2], f32[2, 2]; convert with .to("f32")',
    ],
    [
      "f16 and f32",
      () => half.add(tensor([1, 2])),
      'DTypeError: add got f16[2], f32[2]: f16 and f32 do not mix; convert one of them with .to("f32") or .to("f16")',
    ],
    [
      "a product of f16 and f32 matrices",
      () => half.reshape([1, 2]).matmul(square),
      'DTypeError: matmul got f16[1, 2], f32[2, 2]: f16 and f32 do not mix; convert one of them with .to("f32") or .to("f16")',
    ],
    [
      "f16 and i32",
      () => half.multiply(whole),
      'DTypeError: multiply takes f32, i32 or u32, all alike, but got f16, i32; convert with .to("f32"), .to("i32"), .to("u32") or .to("bool")',
    ],
    [
      "a sum of bytes",
      () => bytes.sum(),
      'DTypeError: reduce does not compute with u8, which holds images, labels and quantised data; convert with .to("i32") or .to("f32")',
    ],
    [
      "bytes added",
      () => bytes.add(bytes),
      'DTypeError: add takes f32, i32 or u32, all alike, but got u8, u8; convert with .to("f32"), .to("i32"), .to("u32") or .to("bool")',
    ],
    [
      "the exponential of bytes",
      () => bytes.exp(),
      'DTypeError: exp takes f32, but got u8; convert with .to("f32"), .to("i32"), .to("u32") or .to("bool")',
    ],
    [
      "bytes beside u32",
      () => bytes.equal(tensor(Uint32Array.of(1, 2))),
      'DTypeError: equal got u8[2], u32[2]: u8 and u32 do not mix; convert one of them with .to("u32") or .to("u8")',
    ],
    [
      "bytes compared with a number that none can be",
      () => bytes.less(300),
      'ArgumentError: u8 holds whole numbers from 0 to 255, but got 300; convert the tensor with .to("i32")',
    ],
    [
      "bytes as a condition",
      () => bytes.where(whole, whole),
      'DTypeError: select takes bool, then two of one dtype, but got u8, i32, i32; convert with .to("f32"), .to("i32"), .to("u32") or .to("bool")',
    ],
    [
      "bytes as indices",
      () => take(x, bytes),
      'DTypeError: gather takes i32 indices, but got u8[2]; convert with .to("i32")',
    ],
    [
      "numbers that no byte holds",
      () => tensor([1, 256], [2], "u8"),
      'ArgumentError: u8 holds whole numbers from 0 to 255, but element 1 is 256; make an f32 tensor of it and convert with .to("u8"), which saturates',
    ],
    [
      "f32 and i32",
      () => tensor([1, 2]).add(whole),
      'DTypeError: add takes f32, i32 or u32, all alike, but got f32, i32; convert with .to("f32"), .to("i32"), .to("u32") or .to("bool")',
    ],
    [
      "a condition of numbers",
      () => tensor([1, 0]).where(whole, whole),
      'DTypeError: select takes bool, then two of one dtype, but got f32, i32, i32; convert with .to("f32"), .to("i32"), .to("u32") or .to("bool")',
    ],
    [
      "places that are no whole numbers",
      () => take(x, tensor([0, 1])),
      'DTypeError: gather takes i32 indices, but got f32[2]; convert with .to("i32")',
    ],
    [
      "places along an axis of another rank",
      () => takeAlongAxis(x, whole),
      "ShapeError: takeAlongAxis: the indices [2] must have as many axes as [2, 3]",
    ],
    [
      "a softmax of whole numbers",
      () => whole.softmax(),
      'DTypeError: softmax takes f32, but got i32[2]; convert with .to("f32")',
    ],
    [
      "the negation of numbers",
      () => x.not(),
      'DTypeError: not takes bool, but got f32; convert with .to("f32"), .to("i32"), .to("u32") or .to("bool")',
    ],
    [
      "a mean of truths",
      () => truth.mean(),
      'DTypeError: sum takes f32, i32 or u32, but got bool[2]; convert with .to("i32")',
    ],
    [
      "a conversion to an unknown dtype",
      () => x.to(loosely("f64")),
      'DTypeError: there is no dtype "f64"; there are f32, f16, i32, u32, u8, bool',
    ],
    [
      "one-hot of numbers with a fraction",
      () => x.oneHot(3),
      'DTypeError: oneHot takes i32 labels, but got f32[2, 3]; convert with .to("i32")',
    ],
  ],
  "devices and reading": [
    [
      "a kind that there is not",
      () => openDevice(loosely("cuda")),
      'ArgumentError: there is no device "cuda"; there are "webgpu", "wasm" and "reference"',
    ],
    [
      "a deterministic GPU",
      () => openDevice("webgpu", { deterministic: true }),
      'ArgumentError: a deterministic device is a WASM one: WGSL may round differently on each driver; leave the kind out or say "wasm"',
    ],
    [
      "no threads",
      () => openDevice("wasm", { threads: 0 }),
      "ArgumentError: threads must be a whole number from 1 to 64, but is 0",
    ],
    [
      "an item of many",
      () => x.item(),
      "ShapeError: item() needs one element, but the shape is [2, 3]; read many with data() or toArray()",
    ],
    [
      "a tensor that was disposed",
      async () => (await used()).data(),
      "ArgumentError: a tensor f32[2] was disposed and can no longer be used",
    ],
    [
      "tensors of two devices in one call",
      async () => {
        const here = tensor([1, 2]);
        const there = tensor([3, 4]);
        await here.add(1).data(reference);
        await there.add(1).data(wasm);
        return here.add(there).data();
      },
      "ArgumentError: a tensor f32[2] is on wasm (simd, 1 thread), but is used on reference (float64); copy it with tensor(await x.data(), x.shape)",
    ],
    [
      "a profile within a profile",
      () => profiled(reference, () => profiled(reference, () => {})),
      "ArgumentError: reference (float64) is being profiled already; end that profile before you begin another",
    ],
    [
      "a device that was closed",
      async () => {
        const closed = await openDevice("wasm", { threads: 1, deterministic: true });
        closed[Symbol.dispose]();
        return tensor([1, 2]).exp().data(closed);
      },
      "DeviceLostError: wasm (simd, 1 thread) was closed; open another device",
    ],
  ],
  "quantised weights": [
    [
      "bits that there are not",
      () => quantizeWeights(x, { bits: loosely(3) }),
      "ArgumentError: weights are quantised to 8 or 4 bits, not to 3",
    ],
    [
      "groups that do not fit blocks",
      () => quantizeWeights(x, { bits: 4, groupSize: 48 }),
      "ArgumentError: the group size must be a multiple of 32 from 32 to 131072, but is 48",
    ],
    [
      "weights of three axes",
      () => quantizeWeights(image, { bits: 8 }),
      "ShapeError: quantizeWeights: the weight must be [inputs, outputs], both above 0, but is [1, 3, 8, 8]",
    ],
    [
      "weights of whole numbers",
      () => quantizeWeights(whole, { bits: 8 }),
      "DTypeError: quantizeWeights: the weight must be f32, but is i32",
    ],
    [
      "weights that are no numbers",
      () => quantizeWeights(tensor([[1], [Number.NaN]]), { bits: 8 }),
      "ArgumentError: quantizeWeights: the weights must be finite, but element 1 is NaN",
    ],
    [
      "calibration rows of another width",
      () => quantizeWeights(x, { bits: 8, calibration: x }),
      "ShapeError: quantizeWeights: the calibration must be rows [..., 2], but is [2, 3]",
    ],
    [
      "rows of another width than the weights",
      async () => quantizedMatmul(zeros([1, 70]), (await quantizeWeights(x, { bits: 8 })).weights),
      "ShapeError: quantizedMatmul of 70 weights a row at 8 bits in groups of 64: the codes must be u32[3, 32], but are u32[3, 16]",
    ],
    [
      "codes without their scales",
      () => quantizedMatmul(x, { codes: zeros([3, 16], "u32"), scales: zeros([3]) }),
      "ShapeError: quantised weights have codes [outputs, words] and scales [outputs, groups], but these are [3, 16] and [3]; take them from quantizeWeights",
    ],
    [
      "a quantised product of whole numbers",
      async () => quantizedMatmul(whole, (await quantizeWeights(x, { bits: 8 })).weights),
      "DTypeError: quantizedMatmul takes x as f32[..., k], but got i32[2]",
    ],
    [
      "a bias of another size",
      async () => quantizedMatmul(square, (await quantizeWeights(x, { bits: 4 })).weights, { bias: tensor([1, 2]) }),
      "ShapeError: quantizedMatmul: the bias must be f32[3], but is f32[2]",
    ],
  ],
  "transforms and trees": [
    [
      "a gradient of no scalar",
      () => grad((w: Tensor) => w.multiply(2))(x),
      "ArgumentError: grad needs a function that gives one f32 number, but it gave f32[2, 3]; reduce it with sum() or mean()",
    ],
    [
      "a gradient for whole numbers",
      () => grad((w: Tensor) => w.to("f32").sum())(whole),
      'ArgumentError: a gradient is taken for f32 and f16 tensors only, but the first argument holds i32[2]; convert it with .to("f32"), or pass it as a later argument',
    ],
    [
      "a gradient of no tensor",
      () => grad(loosely<(w: Tensor) => Tensor>(() => 3))(x),
      "ArgumentError: grad needs a function that gives one f32 number as a tensor, but it gave number; reduce to one with sum() or mean()",
    ],
    [
      "a value and gradient of a tree",
      () => valueAndGrad(loosely<(w: Tensor) => Tensor>((w: Tensor) => [w.sum()]))(x),
      "ArgumentError: grad needs a function that gives one f32 number as a tensor, but it gave (f32[]); reduce to one with sum() or mean()",
    ],
    [
      "a compiled function of a text",
      () => compile(loosely<(w: Tensor) => Tensor>((w: Tensor) => w))(loosely("x")),
      "ArgumentError: argument 0 is string, not a tensor; wrap numbers with tensor(...), or close over values that never change",
    ],
    [
      "a compiled function that gives a text",
      () => compile(loosely<(w: Tensor) => Tensor>(() => "x"))(x),
      "ArgumentError: the result is string, not a tensor; wrap numbers with tensor(...), or close over values that never change",
    ],
    [
      "a donated tensor used again",
      async () => {
        const state = tensor([1, 2]);
        const step = compile((s: Tensor) => s.add(1), { donate: [0] });
        await step(state);
        return step(state);
      },
      "ArgumentError: a tensor f32[2] was donated to a compiled function and can no longer be used",
    ],
    [
      "a donated tensor passed twice",
      () => {
        const state = tensor([1, 2]);
        return compile((s: Tensor, t: Tensor) => s.add(t), { donate: [0] })(state, state);
      },
      "ArgumentError: a donated tensor is passed twice in one call; donate it alone, or pass a copy",
    ],
    [
      "a traced tensor that got out",
      async () => {
        let leaked: Tensor | undefined;
        await compile((s: Tensor) => {
          leaked = s;
          return s.add(1);
        })(tensor([1, 2]));
        return leaked?.data();
      },
      "ArgumentError: a tensor from inside a traced function was used outside; return it from the function instead",
    ],
    [
      "a shared argument that is not there",
      () => batch((s: Tensor) => s.exp(), { shared: [3] })(x),
      "ArgumentError: batch: { shared: [3] } names no argument; the call has 1, from 0 on",
    ],
    [
      "a batch over unequal sizes",
      () => batch((s: Tensor, t: Tensor) => s.add(t))(x, zeros([3, 3])),
      "ArgumentError: batch: an argument f32[3, 3] does not hold 2 examples of f32[3]; the first axes must be equal",
    ],
    [
      "a batch of scalars",
      () => batch((s: Tensor) => s.exp())(tensor(1)),
      "ArgumentError: batch: argument 0 holds a scalar; give it a first axis, or name it in { shared: [0] }",
    ],
    [
      "a tangent of another shape",
      () => jvp((s: Tensor) => s.exp())(x, square),
      "ArgumentError: jvp: the direction is f32[2,2], but the argument is f32[2,3]; they must be alike",
    ],
    [
      "a custom gradient of another shape",
      () =>
        grad((s: Tensor) =>
          customGradient(
            (w: Tensor) => w.exp(),
            () => [square],
          )(s).sum(),
        )(x),
      "ArgumentError: customGradient: argument 0 is f32[2, 3], but its gradient is f32[2, 2]; give one of the same type for each argument",
    ],
  ],
  "tables and pipelines": [
    [
      "a column that is not there",
      () => columnOf(table, "heigth"),
      'UnknownColumnError: there is no column "heigth"; the columns are height, kind, place',
    ],
    [
      "columns that are not there",
      () => selectColumns(table, ["width"]),
      'UnknownColumnError: there is no column "width"; the columns are height, kind, place',
    ],
    [
      "columns of unequal length",
      () => frame({ a: numericColumn(Float64Array.of(1)), b: numericColumn(Float64Array.of(1, 2)) }),
      'FrameError: column "b" has 2 rows, but "a" has 1; all columns of a table have one length',
    ],
    [
      "values of two kinds in a column",
      () => columnFrom("height", [1, "a"]),
      'ColumnKindError: column "height": row 1 is dictionary but rows before it are numeric; a column has one kind',
    ],
    [
      "rows of two kinds",
      () => frameFromRows([{ a: 1 }, { a: true }]),
      'ColumnKindError: column "a": row 1 is boolean but rows before it are numeric; a column has one kind',
    ],
    [
      "a scaler over texts",
      () => fitWith({ features: columnPipeline([{ columns: ["place"], steps: [standardScaler()] }]) }),
      'ColumnKindError: column "place": is text, which is no number: add a OneHotEncoder to its steps',
    ],
    [
      "an unknown strategy",
      () =>
        fitWith({
          features: columnPipeline([{ columns: ["height"], steps: [simpleImputer({ strategy: loosely("mode") })] }]),
        }),
      'ArgumentError: there is no imputer strategy "mode"; there are mean, median, mostFrequent, constant',
    ],
    [
      "a column in two groups",
      () =>
        fitWith({
          features: columnPipeline([
            { columns: ["height"], steps: [standardScaler()] },
            { columns: ["height"], steps: [oneHotEncoder()] },
          ]),
        }),
      'ArgumentError: column "height" is in the pipeline twice; name each column once',
    ],
    [
      "a label among the features",
      () => fitWith({ label: { column: "height" } }),
      'ArgumentError: the label "height" is among the features, so the model would see its answer: take it out',
    ],
    [
      "a label that is not there",
      () => fitWith({ label: { column: "species" } }),
      'UnknownColumnError: there is no column "species"; the columns are height, kind, place',
    ],
    [
      "a feature that is not there",
      () => fitWith({ features: columnPipeline([{ columns: ["width"], steps: [standardScaler()] }]) }),
      'UnknownColumnError: there is no column "width"; the columns are height, kind, place',
    ],
    [
      "a metric that there is not",
      () => fitWith({ metrics: ["auc"] }),
      'ArgumentError: there is no metric "auc" of classification; there are accuracy, precision, recall, f1, rocAuc, logLoss, balancedAccuracy, fBeta, specificity, jaccard, rocAucOneVersusOne, averagePrecision, matthewsCorrelation, cohenKappa, brier, hinge, topKAccuracy, expectedCalibrationError',
    ],
    [
      "nothing held back that is too much",
      () => holdOutSplit(10, holdOut({ fraction: 1.5 })),
      "ArgumentError: fraction is the part of the rows held out, above 0 and below 1, but is 1.5",
    ],
    [
      "no fraction in time",
      () => fitWith({ split: timeOrdered("height", 0) }),
      "ArgumentError: fraction is the part of the rows held out, above 0 and below 1, but is 0",
    ],
    [
      "no epochs",
      () => fitWith({ estimator: logisticRegression({ epochs: 0 }) }),
      "ArgumentError: estimator: epochs is a whole number of at least 1, but got 0",
    ],
    [
      "a negative learning rate",
      () => fitWith({ estimator: mlpClassifier({ learningRate: -1 }) }),
      "ArgumentError: estimator: learningRate is a number above 0, but got -1",
    ],
    [
      "a layer of no width",
      () => fitWith({ estimator: mlpClassifier({ hiddenLayerSizes: [16, 0] }) }),
      "ArgumentError: estimator: hiddenLayerSizes is a list of at least one width of at least 1, but got [16,0]",
    ],
    [
      "a seed with a fraction",
      () => fitWith({ seed: 0.5 }),
      "ArgumentError: a seed is a whole number from 0 to 9007199254740991, but got 0.5",
    ],
    [
      "labels of unequal number",
      () => accuracy([1, 0], [1]),
      "MetricError: there are 2 true labels and 1 predictions; give one of each a row",
    ],
    [
      "an area under one class",
      () => rocAuc([1, 1], [0.2, 0.4]),
      "LabelError: ROC AUC compares rows of a class with rows of others, but the truth has only the class 1",
    ],
    [
      "a positive class that is not there",
      () => fitWith({ label: { column: "kind", positiveClass: "c" } }),
      'ArgumentError: positiveClass "c" is no class of the label; the classes are a, b',
    ],
  ],
  bundles: [
    [
      "bytes that are no bundle",
      () => loadBundle(new Uint8Array(3)),
      "BundleError: a safetensors file has at least 8 bytes, but there are 3",
    ],
    [
      "another program's safetensors",
      () =>
        loadBundle(
          writeSafetensors({
            tensors: new Map([["w", { shape: [1], data: Float32Array.of(1) }]]),
            metadata: new Map(),
          }),
        ),
      "BundleError: this safetensors file is no Millrace bundle: its metadata has no format",
    ],
    [
      "a file that was cut short",
      () => readSafetensors(new Uint8Array([200, 0, 0, 0, 0, 0, 0, 0, 123, 125])),
      "BundleError: the file is cut short: its header ends at byte 208, but there are 10",
    ],
    [
      "a tensor whose data do not fill it",
      () =>
        writeSafetensors({ tensors: new Map([["w", { shape: [3], data: Float32Array.of(1) }]]), metadata: new Map() }),
      'ArgumentError: tensor "w" has 1 elements, which do not fill [3]',
    ],
  ],
};

/** What a call says: its error's name and message. */
const told = async (call: () => unknown): Promise<string> => {
  try {
    await call();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : `${String(error)}, which is no error`;
  }
  return "nothing: it was taken as if it were right";
};

describe.each(Object.entries(mistakes))("%s", (_, table) => {
  test.each(table)("%s", async (__, call, message) => {
    expect(await told(call)).toBe(message);
  });
});

test("the table holds at least sixty mistakes, each told by an error of the house", () => {
  const all = Object.values(mistakes).flat();
  expect(all.length).toBeGreaterThanOrEqual(60);
  expect(all.filter(([, , message]) => /^(Type|Range|Syntax|Reference)?Error:/.test(message))).toEqual([]);
});
