// Reverse-mode differentiation in float64 and plain loops, of the few functions that the measured networks are made of: the
// truth that losses of training steps are held against. It shares nothing with the engines under test.

import type { AttentionSizes, NetworkOperations } from "./network-functions.ts";

/** A value, and how the loss changes with it once `backward` has run. */
export interface Variable {
  readonly value: Float64Array;
  readonly gradient: Float64Array;
  /** Of a parameter; empty for what came from one. */
  readonly shape: readonly number[];
}

const at = (values: Float64Array, index: number): number => values[index] ?? Number.NaN;
const add = (values: Float64Array, index: number, amount: number): void => {
  values[index] = at(values, index) + amount;
};

export const variable = (value: Float64Array, shape: readonly number[] = []): Variable => ({
  value,
  gradient: new Float64Array(value.length),
  shape,
});

/** Gelu in its tanh form, and its slope. */
const gelu = (x: number): { readonly value: number; readonly slope: number } => {
  const c = Math.sqrt(2 / Math.PI);
  const t = Math.tanh(c * (x + 0.044715 * x ** 3));
  return { value: 0.5 * x * (1 + t), slope: 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x) };
};

/** Records functions in the order of their calls; `backward` walks them in reverse. */
export class Tape {
  readonly #steps: (() => void)[] = [];

  #result(size: number, forward: (value: Float64Array) => void, backward: (result: Variable) => void): Variable {
    const result = variable(new Float64Array(size));
    forward(result.value);
    this.#steps.push(() => backward(result));
    return result;
  }

  /** Gradients of a loss of one element, added to those of every variable that it came from. */
  backward(loss: Variable): void {
    loss.gradient.fill(1);
    for (const step of this.#steps.toReversed()) step();
  }

  /** x [rows, inputs] times weights [inputs, outputs], plus a bias [outputs] if there is one. */
  linear(x: Variable, weights: Variable, bias?: Variable): Variable {
    const [inputs = 0, outputs = 0] = weights.shape;
    const rows = x.value.length / inputs;
    return this.#result(
      rows * outputs,
      (y) => {
        for (let row = 0; row < rows; row++) {
          if (bias) y.set(bias.value, row * outputs);
          for (let k = 0; k < inputs; k++) {
            const factor = at(x.value, row * inputs + k);
            for (let j = 0; j < outputs; j++) add(y, row * outputs + j, factor * at(weights.value, k * outputs + j));
          }
        }
      },
      ({ gradient }) => {
        if (bias) for (let i = 0; i < gradient.length; i++) add(bias.gradient, i % outputs, at(gradient, i));
        for (let row = 0; row < rows; row++)
          for (let k = 0; k < inputs; k++) {
            const factor = at(x.value, row * inputs + k);
            let sum = 0;
            for (let j = 0; j < outputs; j++) {
              const own = at(gradient, row * outputs + j);
              sum += own * at(weights.value, k * outputs + j);
              add(weights.gradient, k * outputs + j, own * factor);
            }
            add(x.gradient, row * inputs + k, sum);
          }
      },
    );
  }

  #map(x: Variable, f: (x: number) => { readonly value: number; readonly slope: number }): Variable {
    return this.#result(
      x.value.length,
      (y) =>
        x.value.forEach((own, i) => {
          y[i] = f(own).value;
        }),
      ({ gradient }) =>
        x.value.forEach((own, i) => {
          add(x.gradient, i, f(own).slope * at(gradient, i));
        }),
    );
  }

  relu(x: Variable): Variable {
    return this.#map(x, (own) => (own > 0 ? { value: own, slope: 1 } : { value: 0, slope: 0 }));
  }

  gelu(x: Variable): Variable {
    return this.#map(x, gelu);
  }

  /** x + y; y, if shorter, again and again. */
  add(x: Variable, y: Variable): Variable {
    const period = y.value.length;
    return this.#result(
      x.value.length,
      (z) =>
        x.value.forEach((own, i) => {
          z[i] = own + at(y.value, i % period);
        }),
      ({ gradient }) =>
        gradient.forEach((own, i) => {
          add(x.gradient, i, own);
          add(y.gradient, i % period, own);
        }),
    );
  }

  /** Rows of the scale's length to mean 0 and variance 1 (epsilon 1e-5), scaled and shifted. */
  layerNorm(x: Variable, scale: Variable, shift: Variable): Variable {
    const width = scale.value.length;
    const rows = x.value.length / width;
    const normal = new Float64Array(x.value.length);
    const deviations = new Float64Array(rows);
    return this.#result(
      x.value.length,
      (y) => {
        for (let row = 0; row < rows; row++) {
          const own = x.value.subarray(row * width, (row + 1) * width);
          const mean = own.reduce((sum, value) => sum + value, 0) / width;
          const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
          const deviation = Math.sqrt(variance + 1e-5);
          deviations[row] = deviation;
          for (let i = 0; i < width; i++) {
            const value = (at(own, i) - mean) / deviation;
            normal[row * width + i] = value;
            y[row * width + i] = value * at(scale.value, i) + at(shift.value, i);
          }
        }
      },
      ({ gradient }) => {
        for (let row = 0; row < rows; row++) {
          let sum = 0;
          let product = 0;
          for (let i = 0; i < width; i++) {
            const own = at(gradient, row * width + i);
            const value = at(normal, row * width + i);
            add(scale.gradient, i, own * value);
            add(shift.gradient, i, own);
            sum += own * at(scale.value, i);
            product += own * at(scale.value, i) * value;
          }
          for (let i = 0; i < width; i++) {
            const own = at(gradient, row * width + i) * at(scale.value, i);
            const value = at(normal, row * width + i);
            add(x.gradient, row * width + i, (own - sum / width - (value * product) / width) / at(deviations, row));
          }
        }
      },
    );
  }

  /** Softmax attention of queries, keys and values [batch, length, width], cut into heads along the width. */
  attention(
    [query, key, value]: readonly [Variable, Variable, Variable],
    { length, width, heads, causal }: AttentionSizes,
  ): Variable {
    const depth = width / heads;
    const batch = query.value.length / (length * width);
    const scale = 1 / Math.sqrt(depth);
    const weights = new Float64Array(batch * heads * length * length);
    /** Calls with the first elements of a query's, and a key's, part of a head, and the place of their weight. */
    const eachQuery = (visit: (from: number, keys: number, weight: number, seen: number) => void): void => {
      for (let sequence = 0; sequence < batch; sequence++)
        for (let head = 0; head < heads; head++)
          for (let place = 0; place < length; place++) {
            const start = sequence * length * width + head * depth;
            const weight = ((sequence * heads + head) * length + place) * length;
            visit(start + place * width, start, weight, causal ? place + 1 : length);
          }
    };
    return this.#result(
      query.value.length,
      (y) =>
        eachQuery((from, keys, weight, seen) => {
          let total = 0;
          for (let other = 0; other < seen; other++) {
            let score = 0;
            for (let i = 0; i < depth; i++)
              score += at(query.value, from + i) * at(key.value, keys + other * width + i);
            weights[weight + other] = Math.exp(score * scale);
            total += Math.exp(score * scale);
          }
          for (let other = 0; other < seen; other++) {
            weights[weight + other] = at(weights, weight + other) / total;
            for (let i = 0; i < depth; i++)
              add(y, from + i, at(weights, weight + other) * at(value.value, keys + other * width + i));
          }
        }),
      ({ gradient }) =>
        eachQuery((from, keys, weight, seen) => {
          const slopes = new Float64Array(seen);
          let mean = 0;
          for (let other = 0; other < seen; other++) {
            const own = at(weights, weight + other);
            let slope = 0;
            for (let i = 0; i < depth; i++) {
              slope += at(gradient, from + i) * at(value.value, keys + other * width + i);
              add(value.gradient, keys + other * width + i, own * at(gradient, from + i));
            }
            slopes[other] = slope;
            mean += own * slope;
          }
          for (let other = 0; other < seen; other++) {
            const own = at(weights, weight + other) * (at(slopes, other) - mean) * scale;
            for (let i = 0; i < depth; i++) {
              add(query.gradient, from + i, own * at(key.value, keys + other * width + i));
              add(key.gradient, keys + other * width + i, own * at(query.value, from + i));
            }
          }
        }),
    );
  }

  /** Images [batch, inputs, size, size] with weights [outputs, inputs, 5, 5] and a bias; zeros around keep the size. */
  convolution5(x: Variable, weights: Variable, bias: Variable, size: number): Variable {
    const outputs = bias.value.length;
    const inputs = weights.value.length / (25 * outputs);
    const area = size * size;
    const batch = x.value.length / (inputs * area);
    /** Calls for each row of an image that a row of a window meets: first elements of both, a weight, and the columns. */
    const eachRow = (visit: (to: number, from: number, weight: number, left: number, right: number) => void): void => {
      for (let image = 0; image < batch; image++)
        for (let output = 0; output < outputs; output++)
          for (let channel = 0; channel < inputs; channel++)
            for (let place = 0; place < 25; place++) {
              const [down, across] = [Math.floor(place / 5) - 2, (place % 5) - 2];
              for (let row = Math.max(0, -down); row < Math.min(size, size - down); row++)
                visit(
                  (image * outputs + output) * area + row * size,
                  (image * inputs + channel) * area + (row + down) * size + across,
                  (output * inputs + channel) * 25 + place,
                  Math.max(0, -across),
                  Math.min(size, size - across),
                );
            }
    };
    return this.#result(
      batch * outputs * area,
      (y) => {
        for (let plane = 0; plane < batch * outputs; plane++)
          y.fill(at(bias.value, plane % outputs), plane * area, (plane + 1) * area);
        eachRow((to, from, weight, left, right) => {
          const factor = at(weights.value, weight);
          for (let i = left; i < right; i++) add(y, to + i, factor * at(x.value, from + i));
        });
      },
      ({ gradient }) => {
        gradient.forEach((own, i) => {
          add(bias.gradient, Math.floor(i / area) % outputs, own);
        });
        eachRow((to, from, weight, left, right) => {
          const factor = at(weights.value, weight);
          let sum = 0;
          for (let i = left; i < right; i++) {
            sum += at(gradient, to + i) * at(x.value, from + i);
            add(x.gradient, from + i, factor * at(gradient, to + i));
          }
          add(weights.gradient, weight, sum);
        });
      },
    );
  }

  /** The largest of each 2 x 2 of images with rows of `size`; the first of equals takes the gradient. */
  maxPool2(x: Variable, size: number): Variable {
    const half = size / 2;
    const winners = new Uint32Array(x.value.length / 4);
    return this.#result(
      winners.length,
      (y) =>
        winners.forEach((_, i) => {
          const corner = Math.floor(i / half) * 2 * size + (i % half) * 2;
          let best = corner;
          for (const other of [corner + 1, corner + size, corner + size + 1])
            if (at(x.value, other) > at(x.value, best)) best = other;
          winners[i] = best;
          y[i] = at(x.value, best);
        }),
      ({ gradient }) =>
        winners.forEach((from, i) => {
          add(x.gradient, from, at(gradient, i));
        }),
    );
  }

  /** Mean softmax cross-entropy of logits [rows, classes] against targets of the same shape whose rows sum to 1. */
  crossEntropy(logits: Variable, targets: Float64Array, classes: number): Variable {
    const rows = targets.length / classes;
    const probabilities = new Float64Array(targets.length);
    return this.#result(
      1,
      (loss) => {
        for (let row = 0; row < rows; row++) {
          const own = logits.value.subarray(row * classes, (row + 1) * classes);
          const top = own.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
          const total = own.reduce((sum, value) => sum + Math.exp(value - top), 0);
          for (let i = 0; i < classes; i++) {
            const logarithm = at(own, i) - top - Math.log(total);
            probabilities[row * classes + i] = Math.exp(logarithm);
            add(loss, 0, (-logarithm * at(targets, row * classes + i)) / rows);
          }
        }
      },
      () =>
        probabilities.forEach((own, i) => {
          add(logits.gradient, i, (own - at(targets, i)) / rows);
        }),
    );
  }
}

/** The networks' operations, recorded on a tape. */
export const float64Operations = (tape: Tape): NetworkOperations<Variable> => ({
  linear: (x, weights, bias) => tape.linear(x, weights, bias),
  relu: (x) => tape.relu(x),
  gelu: (x) => tape.gelu(x),
  add: (x, y) => tape.add(x, y),
  layerNorm: (x, scale, shift) => tape.layerNorm(x, scale, shift),
  attention: (parts, sizes) => tape.attention(parts, sizes),
  convolution5: (x, weights, bias, size) => tape.convolution5(x, weights, bias, size),
  maxPool2: (x, size) => tape.maxPool2(x, size),
  flatten: (x) => x,
});
