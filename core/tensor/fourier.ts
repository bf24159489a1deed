// Fourier transforms along the last axis of numbers. A complex number is a pair [real, imaginary] in a last axis of size 2:
// devices know no complex type, a pair is what NumPy and PyTorch keep in memory, and every other op works on it.
import { ArgumentError, DTypeError, ShapeError } from "@millrace/kernels";
import { apply } from "../graph/node.ts";
import { Tensor, tensor } from "./tensor.ts";

const transformed = (x: Tensor, inverse: boolean): Tensor => new Tensor(apply("fft", [x.value], { inverse }));

/**
 * Sums of x_j exp(-2 pi i j k / n) for complex x, f32 [..., n, 2], of any length n. Powers of two by Stockham's passes,
 * other lengths by Bluestein's convolution, which costs about six times as much. The error is about 1e-7 log2 n of the
 * length (root of the sum of squares) of the result.
 * @throws ShapeError unless the last axis has size 2, DTypeError unless f32
 * @example await fft(tensor([[1, 0], [2, 0]])).toArray() // [[3, 0], [-1, 0]]
 */
export const fft = (x: Tensor): Tensor => transformed(x, false);

/** The inverse of fft: turns the other way and divides by n. @example await inverseFft(tensor([[3, 0], [-1, 0]])).toArray() // [[1, 0], [2, 0]] */
export const inverseFft = (x: Tensor): Tensor => transformed(x, true);

/** Sizes with other last ones. */
const endingIn = (x: Tensor, dropped: number, ...last: number[]): number[] => [
  ...x.shape.slice(0, x.rank - dropped),
  ...last,
];

/**
 * The first n / 2 + 1 (rounded down) terms of the transform of real x, f32 [..., n], as pairs [..., n / 2 + 1, 2]; the
 * others are their conjugates.
 * @throws ShapeError for a scalar, DTypeError unless f32
 * @example await realFft(tensor([1, 2])).toArray() // [[3, 0], [-1, 0]]
 */
export const realFft = (x: Tensor): Tensor => {
  if (x.rank === 0) throw new ShapeError("realFft takes at least one axis, but got a scalar");
  if (x.dtype !== "f32")
    throw new DTypeError(`realFft takes f32, but got ${x.dtype}[${x.shape.join(", ")}]; convert with to("f32")`);
  const length = x.shape[x.rank - 1] ?? 0;
  const none = x.shape.map(() => 0);
  const complex = x.reshape([...x.shape, 1]).pad([...none, 0], [...none, 1]);
  return fft(complex).slice([...none, 0], endingIn(x, 1, length === 0 ? 0 : Math.floor(length / 2) + 1, 2));
};

/**
 * The real numbers [..., length] whose realFft the pairs [..., length / 2 + 1, 2] are. As in NumPy, imaginary parts that
 * no real numbers give (of the first term, and of the last where the length is even) are left out.
 * @param length of the result; when left out the even one, twice the number of pairs less two
 * @throws ShapeError unless the last axis has size 2, ArgumentError when the length does not fit the number of pairs
 * @example await inverseRealFft(tensor([[3, 0], [-1, 0]])).toArray() // [1, 2]
 */
export const inverseRealFft = (x: Tensor, length?: number): Tensor => {
  const terms = x.rank < 2 || x.shape[x.rank - 1] !== 2 ? undefined : x.shape[x.rank - 2];
  if (terms === undefined)
    throw new ShapeError(
      `inverseRealFft takes complex numbers as pairs, [..., terms, 2], but got ${x.dtype}[${x.shape.join(", ")}]`,
    );
  const whole = length ?? 2 * (terms - 1);
  if (!Number.isInteger(whole) || whole < 1 || Math.floor(whole / 2) + 1 !== terms)
    throw new ArgumentError(
      `inverseRealFft: ${terms} terms come from ${Math.max(1, 2 * terms - 2)} or ${2 * terms - 1} numbers, not ${whole}`,
    );
  // The terms left out are conjugates: their sum with these is twice the real part.
  const weights = tensor(
    Array.from({ length: terms }, (_, k) => (k === 0 || 2 * k === whole ? 1 : 2)),
    [terms, 1],
  );
  const none = x.shape.map(() => 0);
  const padded = x.multiply(weights).pad(
    none,
    none.map((_, axis) => (axis === x.rank - 2 ? whole - terms : 0)),
  );
  return inverseFft(padded)
    .slice(none, endingIn(x, 2, whole, 1))
    .reshape(endingIn(x, 2, whole));
};
