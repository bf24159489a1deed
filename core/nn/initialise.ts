// First weights, drawn on the host in float64 by a seeded stream with nothing but exact arithmetic and square roots, so that
// they are the same bytes in Node, in a page and on every device.
import { ArgumentError, type Shape, sizeOf } from "@millrace/kernels";
import { type RandomStream, randomStream } from "../validate/random-stream.ts";

/** Numbers that feed one unit, and units that one number feeds. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** First values of a parameter from its shape and a stream of random numbers. */
export type Initialiser = (shape: Shape, stream: RandomStream, fans?: Fans) => Float32Array;

/** The fans of weights [inputs, outputs], or of a convolution's [outputs, inputs, ...window]. */
export const fansOf = (shape: Shape): Fans => {
  const [first = 1, second = first, ...window] = shape;
  if (shape.length <= 2) return { fanIn: first, fanOut: second };
  return { fanIn: second * sizeOf(window), fanOut: first * sizeOf(window) };
};

const drawn = (shape: Shape, next: () => number): Float32Array => Float32Array.from({ length: sizeOf(shape) }, next);

/** The same value everywhere. */
export const constant =
  (value: number): Initialiser =>
  (shape) =>
    new Float32Array(sizeOf(shape)).fill(value);

/** Uniform in (-bound, bound). */
export const uniform =
  (bound: number): Initialiser =>
  (shape, stream) =>
    drawn(shape, () => (2 * stream.uniform() - 1) * bound);

/**
 * Natural logarithm of a number in (0, 1) by arithmetic alone: powers of 2 apart, then the series of 2 artanh. Unlike
 * Math.log, whose last bit differs between engines, it is the same everywhere.
 */
const logarithm = (x: number): number => {
  let mantissa = x;
  let exponent = 0;
  for (; mantissa < Math.SQRT1_2; mantissa *= 2) exponent--;
  const z = (mantissa - 1) / (mantissa + 1);
  let sum = 0;
  for (let k = 23; k >= 1; k -= 2) sum = sum * z * z + 1 / k;
  return exponent * Math.LN2 + 2 * z * sum;
};

/** Standard normal numbers by Marsaglia's polar method (1962), which needs no sine. */
const standardNormal = (stream: RandomStream): (() => number) => {
  let spare: number | undefined;
  return () => {
    const kept = spare;
    spare = undefined;
    if (kept !== undefined) return kept;
    for (;;) {
      const [u, v] = [2 * stream.uniform() - 1, 2 * stream.uniform() - 1];
      const square = u * u + v * v;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * logarithm(square)) / square);
      spare = v * factor;
      return u * factor;
    }
  };
};

/** Normal with mean 0. */
export const normal =
  (deviation: number): Initialiser =>
  (shape, stream) => {
    const next = standardNormal(stream);
    return drawn(shape, () => next() * deviation);
  };

/** Normal with mean 0; draws further out than two deviations are drawn again. */
export const truncatedNormal =
  (deviation: number): Initialiser =>
  (shape, stream) => {
    const next = standardNormal(stream);
    return drawn(shape, () => {
      for (;;) {
        const value = next();
        if (Math.abs(value) <= 2) return value * deviation;
      }
    });
  };

/**
 * Before relu: uniform with variance 2 / fanIn (He, Zhang, Ren and Sun 2015).
 * @example
 * const weights = heUniform([30, 64], randomStream(7, 1));
 */
export const heUniform: Initialiser = (shape, stream, { fanIn } = fansOf(shape)) =>
  uniform(Math.sqrt(6 / Math.max(1, fanIn)))(shape, stream);

/** Before relu: normal with variance 2 / fanIn (He, Zhang, Ren and Sun 2015). */
export const heNormal: Initialiser = (shape, stream, { fanIn } = fansOf(shape)) =>
  normal(Math.sqrt(2 / Math.max(1, fanIn)))(shape, stream);

/** Before tanh or a softmax: uniform with variance 2 / (fanIn + fanOut) (Glorot and Bengio 2010). */
export const glorotUniform: Initialiser = (shape, stream, { fanIn, fanOut } = fansOf(shape)) =>
  uniform(Math.sqrt(6 / Math.max(1, fanIn + fanOut)))(shape, stream);

/** Before tanh or a softmax: normal with variance 2 / (fanIn + fanOut) (Glorot and Bengio 2010). */
export const glorotNormal: Initialiser = (shape, stream, { fanIn, fanOut } = fansOf(shape)) =>
  normal(Math.sqrt(2 / Math.max(1, fanIn + fanOut)))(shape, stream);

/**
 * A random matrix whose shorter side's vectors are orthogonal and of length `gain` (Saxe, McClelland, Ganguli 2014).
 * @throws ArgumentError for a shape that is no matrix
 */
export const orthogonal =
  (gain = 1): Initialiser =>
  (shape, stream) => {
    const [rows = 0, columns = 0] = shape;
    if (shape.length !== 2)
      throw new ArgumentError(`orthogonal weights are a matrix, but the shape is [${shape.join(", ")}]`);
    const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
    const next = standardNormal(stream);
    const vectors: Float64Array[] = [];
    const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, own, i) => sum + own * (y[i] ?? 0), 0);
    for (let made = 0; made < count; made++) {
      let vector = Float64Array.from({ length }, next);
      // Gram and Schmidt twice: once leaves rounding of the length that was taken away.
      for (const other of [...vectors, ...vectors]) {
        const along = dot(vector, other);
        vector = vector.map((own, i) => own - along * (other[i] ?? 0));
      }
      const size = Math.sqrt(dot(vector, vector));
      vectors.push(vector.map((own) => own / size));
    }
    return Float32Array.from({ length: rows * columns }, (_, at) => {
      const [row, column] = [Math.floor(at / columns), at % columns];
      return gain * ((rows <= columns ? vectors[row]?.[column] : vectors[column]?.[row]) ?? 0);
    });
  };

/** The stream of the weights number `index` of a seed. */
export const weightStream = (seed: number, index: number): RandomStream => randomStream(seed, 0x1000 + index);
