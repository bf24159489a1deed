// Quantises a matrix on the host, in float64: by plain rounding, or group by group with the clipping that keeps the outputs
// of calibration rows nearest (a search as in AWQ, Lin and others 2023, on the output's own error).
import { ArgumentError, type QuantizedAttributes, quantizedSizes } from "@millrace/kernels";
import { codeGroup } from "./group.ts";
import { putCode, putZero } from "./pack.ts";

/** How far quantised values lie from the true ones. */
export interface QuantizationError {
  /** Root of the sum of squared differences over the root of the sum of squares. */
  readonly relativeRms: number;
  readonly largestAbsolute: number;
}

/** A matrix in row-major order. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: ArrayLike<number>;
}

/** Codes, scales and zero points as the kernels take them, and the error that they make. */
export interface QuantizedMatrix {
  readonly codes: Uint32Array;
  readonly scales: Float32Array;
  /** With 4 bits. */
  readonly zeros: Uint32Array | undefined;
  readonly error: { readonly weights: QuantizationError; readonly outputs: QuantizationError | undefined };
}

/** Shares of a group's range that calibration tries: down to a half, where 4 bits lose more to clipping than they gain. */
const shares = Array.from({ length: 13 }, (_, i) => 1 - i / 24);

/** Adds up differences against true values. */
class ErrorSum {
  #squares = 0;
  #total = 0;
  #largest = 0;
  add(difference: number, truth: number): void {
    this.#squares += difference * difference;
    this.#total += truth * truth;
    this.#largest = Math.max(this.#largest, Math.abs(difference));
  }
  get result(): QuantizationError {
    return {
      relativeRms: this.#squares === 0 ? 0 : Math.sqrt(this.#squares / this.#total),
      largestAbsolute: this.#largest,
    };
  }
}

/** x^T x of columns [first, first + size) of x. */
const gramOf = ({ rows, columns, data }: Matrix, first: number, size: number): Float64Array => {
  const gram = new Float64Array(size * size);
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < size; i++) {
      const x = data[row * columns + first + i] ?? 0;
      for (let j = 0; j < size; j++)
        gram[i * size + j] = (gram[i * size + j] ?? 0) + x * (data[row * columns + first + j] ?? 0);
    }
  return gram;
};

/** d^T gram d + 2 d^T slope: by how much the squared error of the outputs grows with weights off by d. */
const growth = (gram: Float64Array, slope: Float64Array, d: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < d.length; i++) {
    let product = 2 * (slope[i] ?? 0);
    for (let j = 0; j < d.length; j++) product += (gram[i * d.length + j] ?? 0) * (d[j] ?? 0);
    sum += product * (d[i] ?? 0);
  }
  return sum;
};

/** @throws ArgumentError for a number that is not finite */
const checkFinite = (what: string, { data }: Matrix): void => {
  for (let i = 0; i < data.length; i++)
    if (!Number.isFinite(data[i]))
      throw new ArgumentError(`quantizeWeights: ${what} must be finite, but element ${i} is ${data[i]}`);
};

/**
 * Quantises weights [inputs, outputs]. With calibration rows [rows, inputs], each group takes the clipping whose codes keep
 * the outputs so far (groups before it included) nearest to the true ones.
 * @throws ArgumentError for bits or a group size that there are not, or numbers that are not finite
 */
export const quantizeMatrix = (
  weight: Matrix,
  attributes: QuantizedAttributes,
  calibration?: Matrix,
): QuantizedMatrix => {
  const { bits, groupSize } = attributes;
  const { rows: inputs, columns: outputs } = weight;
  const { words, groups, zeroWords } = quantizedSizes(outputs, inputs, attributes);
  checkFinite("the weights", weight);
  if (calibration) checkFinite("the calibration rows", calibration);
  const codes = new Uint32Array(outputs * words);
  const scales = new Float32Array(outputs * groups);
  const zeros = new Uint32Array(outputs * zeroWords);
  const weightError = new ErrorSum();
  const x = calibration ?? { rows: 0, columns: inputs, data: [] };
  const off = new Float64Array(outputs * x.rows);
  for (let group = 0; group < groups; group++) {
    const first = group * groupSize;
    const size = Math.min(groupSize, inputs - first);
    const gram = gramOf(x, first, size);
    const own = new Float64Array(size);
    const slope = new Float64Array(size);
    for (let output = 0; output < outputs; output++) {
      for (let i = 0; i < size; i++) own[i] = weight.data[(first + i) * outputs + output] ?? 0;
      slope.fill(0);
      for (let row = 0; row < x.rows; row++) {
        const error = off[output * x.rows + row] ?? 0;
        for (let i = 0; i < size; i++) slope[i] = (slope[i] ?? 0) + error * (x.data[row * inputs + first + i] ?? 0);
      }
      let best = { cost: Number.POSITIVE_INFINITY, coded: codeGroup(own, bits, 1), d: own };
      for (const share of calibration ? shares : [1]) {
        const coded = codeGroup(own, bits, share);
        const d = Float64Array.from(own, (w, i) => coded.scale * ((coded.codes[i] ?? 0) - coded.zero) - w);
        const cost = calibration ? growth(gram, slope, d) : 0;
        if (cost < best.cost) best = { cost, coded, d };
      }
      const { coded, d } = best;
      scales[output * groups + group] = coded.scale;
      if (bits === 4) putZero(zeros, output * zeroWords, group, coded.zero);
      // Codes behind the last input stand for 0.
      for (let i = 0; i < groupSize; i++) putCode(codes, output * words, first + i, coded.codes[i] ?? coded.zero, bits);
      d.forEach((difference, i) => {
        weightError.add(difference, own[i] ?? 0);
      });
      for (let row = 0; row < x.rows; row++) {
        let sum = off[output * x.rows + row] ?? 0;
        for (let i = 0; i < size; i++) sum += (d[i] ?? 0) * (x.data[row * inputs + first + i] ?? 0);
        off[output * x.rows + row] = sum;
      }
    }
  }
  const outputError = calibration && errorOfOutputs(weight, calibration, off);
  return {
    codes,
    scales,
    zeros: bits === 4 ? zeros : undefined,
    error: { weights: weightError.result, outputs: outputError },
  };
};

/** The error of x weight, whose element (row, output) is off by `off`[output, row]. */
const errorOfOutputs = (weight: Matrix, x: Matrix, off: Float64Array): QuantizationError => {
  const sum = new ErrorSum();
  const truth = new Float64Array(weight.columns);
  for (let row = 0; row < x.rows; row++) {
    truth.fill(0);
    for (let i = 0; i < weight.rows; i++) {
      const factor = x.data[row * x.columns + i] ?? 0;
      for (let output = 0; output < weight.columns; output++)
        truth[output] = (truth[output] ?? 0) + factor * (weight.data[i * weight.columns + output] ?? 0);
    }
    truth.forEach((value, output) => {
      sum.add(off[output * x.rows + row] ?? 0, value);
    });
  }
  return sum.result;
};
