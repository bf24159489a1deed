// Weights of 8 and 4 bits: what they stand for, the error that is stated with them, calibration, and a file's round trip.
import {
  batch,
  dequantizeWeights,
  grad,
  nn,
  openDevice,
  type QuantizedWeights,
  quantizedMatmul,
  quantizeWeights,
  readSafetensors,
  setDefaultDevice,
  type Tensor,
  tensor,
  writeSafetensors,
} from "@millrace/core";
import { afterAll, describe, expect, test } from "vitest";
import { generator } from "../../kernels/contract-runner.ts";
import { expectClose } from "../plain.ts";

const device = await openDevice("wasm", { deterministic: true });
setDefaultDevice(device);
afterAll(() => {
  setDefaultDevice(undefined);
  device[Symbol.dispose]();
});

const [inputs, outputs, rows] = [150, 24, 64];

/** Normal weights with some far out, and inputs whose columns differ in size by three orders, as activations do. */
const random = generator(5);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const weight = Float32Array.from({ length: inputs * outputs }, () => normal() * (random() < 0.01 ? 12 : 1));
const columnSize = Array.from({ length: inputs }, () => 10 ** (1.5 * normal()));
const x = Float32Array.from({ length: rows * inputs }, (_, i) => normal() * (columnSize[i % inputs] ?? 1));

/** a [m, k] times b [k, n] in float64. */
const product = (a: ArrayLike<number>, b: ArrayLike<number>, m: number, k: number, n: number): Float64Array => {
  const result = new Float64Array(m * n);
  for (let row = 0; row < m; row++)
    for (let i = 0; i < k; i++)
      for (let column = 0; column < n; column++)
        result[row * n + column] = (result[row * n + column] ?? 0) + (a[row * k + i] ?? 0) * (b[i * n + column] ?? 0);
  return result;
};
const errorOf = (got: ArrayLike<number>, want: ArrayLike<number>) => {
  let [squares, total, largest] = [0, 0, 0];
  for (let i = 0; i < want.length; i++) {
    const difference = (got[i] ?? Number.NaN) - (want[i] ?? Number.NaN);
    squares += difference ** 2;
    total += (want[i] ?? 0) ** 2;
    largest = Math.max(largest, Math.abs(difference));
  }
  return { relativeRms: Math.sqrt(squares / total), largestAbsolute: largest };
};

/** The weights in float64 from the words as the layout says, apart from the code under test. */
const unpacked = async ({ codes, scales, zeros }: QuantizedWeights): Promise<Float64Array> => {
  const bytes = new Uint8Array(Uint32Array.from(await codes.data()).buffer);
  const rowBytes = bytes.length / outputs;
  const scale = await scales.data();
  const zeroBytes = zeros && new Uint8Array(Uint32Array.from(await zeros.data()).buffer);
  const groups = scale.length / outputs;
  const groupSize = (rowBytes * (zeros ? 2 : 1)) / groups;
  const result = new Float64Array(inputs * outputs);
  for (let output = 0; output < outputs; output++)
    for (let i = 0; i < inputs; i++) {
      const group = Math.floor(i / groupSize);
      let code: number;
      if (zeroBytes) {
        const byte = bytes[output * rowBytes + 16 * Math.floor(i / 32) + (i % 16)] ?? 0;
        const zero = zeroBytes[output * (zeroBytes.length / outputs) + (group >> 1)] ?? 0;
        code = (i % 32 < 16 ? byte & 15 : byte >> 4) - (group % 2 === 0 ? zero & 15 : zero >> 4);
      } else code = ((bytes[output * rowBytes + i] ?? 0) << 24) >> 24;
      result[i * outputs + output] = (scale[output * groups + group] ?? 0) * code;
    }
  return result;
};

describe.each([
  { bits: 8, groupSize: 64 },
  { bits: 8, groupSize: 160 },
  { bits: 4, groupSize: 32 },
  { bits: 4, groupSize: 64 },
] as const)("weights of $bits bits in groups of $groupSize", ({ bits, groupSize }) => {
  test("state the error that they make, of the weights and of calibration's outputs", async () => {
    const { weights, error } = await quantizeWeights(tensor(weight, [inputs, outputs]), {
      bits,
      groupSize,
      calibration: tensor(x, [rows, inputs]),
    });
    const stood = await unpacked(weights);
    const ofWeights = errorOf(stood, weight);
    const truth = product(x, weight, rows, inputs, outputs);
    const ofOutputs = errorOf(product(x, stood, rows, inputs, outputs), truth);
    for (const [stated, own] of [
      [error.weights, ofWeights],
      [error.outputs, ofOutputs],
    ] as const) {
      expect(Math.abs((stated?.relativeRms ?? Number.NaN) / own.relativeRms - 1)).toBeLessThan(1e-9);
      expect(Math.abs((stated?.largestAbsolute ?? Number.NaN) / own.largestAbsolute - 1)).toBeLessThan(1e-9);
    }
  });

  test("are as wrong by plain rounding as uniform errors of half a step are, and no wronger", async () => {
    const { weights, error } = await quantizeWeights(tensor(weight, [inputs, outputs]), { bits, groupSize });
    expect(error.outputs).toBeUndefined();
    const scales = [...(await weights.scales.data())];
    const groups = scales.length / outputs;
    const sizes = scales.map((_, i) => Math.min(groupSize, inputs - groupSize * (i % groups)));
    const expected = scales.reduce((sum, scale, i) => sum + (scale ** 2 / 12) * (sizes[i] ?? 0), 0);
    const squares = weight.reduce((sum, value) => sum + value ** 2, 0);
    expect(Math.abs(error.weights.relativeRms / Math.sqrt(expected / squares) - 1)).toBeLessThan(0.1);
    // A zero point is a whole step, so one end of the range may lie half a step further out.
    const step = Math.max(...scales);
    expect(error.weights.largestAbsolute).toBeLessThanOrEqual(step * (bits === 8 ? 0.5001 : 1.0001));
  });

  test("are less wrong about outputs once calibrated", async () => {
    const full = tensor(weight, [inputs, outputs]);
    const calibrated = await quantizeWeights(full, { bits, groupSize, calibration: tensor(x, [rows, inputs]) });
    const plain = await quantizeWeights(full, { bits, groupSize });
    const truth = product(x, weight, rows, inputs, outputs);
    const [after, before] = [calibrated, plain].map(async ({ weights }) =>
      errorOf(product(x, await unpacked(weights), rows, inputs, outputs), truth),
    );
    const [lower, higher] = [(await after)?.relativeRms, (await before)?.relativeRms];
    expect(lower).toBeLessThan((higher ?? Number.NaN) * 0.75);
  });

  test("multiply as the weights that they stand for, forwards and backwards", async () => {
    const { weights } = await quantizeWeights(tensor(weight, [inputs, outputs]), { bits, groupSize });
    const stood = await unpacked(weights);
    await expectClose(dequantizeWeights(weights, inputs), [...stood]);
    const small = tensor(
      x.map((value, i) => value / (columnSize[i % inputs] ?? 1)),
      [rows, inputs],
    );
    const bias = tensor(Float32Array.from({ length: outputs }, (_, i) => i / 7));
    const y = product(await small.data(), stood, rows, inputs, outputs);
    await expectClose(
      quantizedMatmul(small, weights, { bias, activation: "relu" }),
      [...y].map((value, i) => Math.max(value + (i % outputs) / 7, 0)),
      2e-5,
    );
    const [toX, toBias] = grad(([own, b]: Tensor[]) =>
      quantizedMatmul(own ?? small, weights, { bias: b })
        .square()
        .sum()
        .divide(2),
    )([small, bias]);
    const upstream = y.map((value, i) => value + (i % outputs) / 7);
    const turned = Float64Array.from(
      { length: stood.length },
      (_, i) => stood[(i % inputs) * outputs + Math.floor(i / inputs)] ?? 0,
    );
    await expectClose(toX ?? small, [...product(upstream, turned, rows, outputs, inputs)], 1e-4);
    const sums = Array.from({ length: outputs }, (_, column) => {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += upstream[row * outputs + column] ?? 0;
      return sum;
    });
    await expectClose(toBias ?? small, sums, 1e-4);
  });

  test("keep their bits in a file", async () => {
    const { weights } = await quantizeWeights(tensor(weight, [inputs, outputs]), { bits, groupSize });
    const stored = new Map<string, { shape: readonly number[]; data: Float32Array | Uint32Array }>();
    for (const [name, own] of Object.entries(weights)) {
      const data = await own.data();
      if (data instanceof Float32Array || data instanceof Uint32Array) stored.set(name, { shape: own.shape, data });
    }
    const bytes = writeSafetensors({ tensors: stored, metadata: new Map() });
    expect(bytes.length).toBeLessThan(weight.byteLength * (bits === 8 ? 0.42 : 0.27) + 400);
    const { tensors } = readSafetensors(bytes);
    const read = (name: string): Tensor => {
      const { data, shape } = tensors.get(name) ?? { data: new Float32Array(0), shape: [0] };
      return tensor(data, shape);
    };
    const again = { codes: read("codes"), scales: read("scales"), ...(weights.zeros && { zeros: read("zeros") }) };
    const one = tensor(x.slice(0, inputs), [1, inputs]);
    expect(await quantizedMatmul(one, again).data()).toEqual(await quantizedMatmul(one, weights).data());
  });
});

test("a weight of zeros, and a group of one sign, are exact at 0", async () => {
  const own = Float32Array.from({ length: 64 }, (_, i) => (i % 2 === 0 || i < 4 ? 0 : 3 + i / 64));
  for (const bits of [8, 4] as const) {
    const { weights } = await quantizeWeights(tensor(own, [64, 1]), { bits, groupSize: 32 });
    const back = await dequantizeWeights(weights, 64).data();
    own.forEach((value, i) => {
      if (value === 0) expect(back[i]).toBe(0);
    });
    const none = await quantizeWeights(tensor(new Float32Array(64), [64, 1]), { bits, groupSize: 32 });
    expect([...(await dequantizeWeights(none.weights, 64).data())]).toEqual(new Array<number>(64).fill(0));
    expect(none.error.weights).toEqual({ relativeRms: 0, largestAbsolute: 0 });
  }
});

test("a quantised layer stands in a network, is batched, and gives its bias until it has weights", async () => {
  const network = nn.sequential(
    nn.quantizedLinear(40, 16, { bits: 4, groupSize: 32 }),
    nn.functionLayer((own) => own.relu()),
    nn.linear(16, 3),
  );
  const [none, ...rest] = network.initialise(3);
  const { parameters: quantized } = await nn.quantizeLinear(nn.linear(40, 16).initialise(3), {
    bits: 4,
    groupSize: 32,
  });
  const parameters: ReturnType<typeof network.initialise> = [quantized, ...rest];
  const own = tensor(x.slice(0, 2 * 5 * 40), [2, 5, 40]);
  const together = await batch((example: Tensor) => network.apply(parameters, example))(own).data();
  const [first, second] = await Promise.all(
    [0, 1].map((at) => network.apply(parameters, own.slice([at, 0, 0], [1, 5, 40]).reshape([5, 40])).data()),
  );
  expect([...together]).toEqual([...(first ?? []), ...(second ?? [])]);
  expect([...together].some((value) => value !== 0)).toBe(true);
  const layer = nn.quantizedLinear(40, 16, { bits: 4, groupSize: 32 });
  expect([...(await layer.apply(none, own).data())]).toEqual(new Array<number>(2 * 5 * 16).fill(0));
});

describe.each([8, 4] as const)("inputs of 8 bits with weights of %i", (bits) => {
  const one = { bits, groupSize: 160 } as const;

  test("move each output by no more than their rounding can", async () => {
    const { weights } = await quantizeWeights(tensor(weight, [inputs, outputs]), one);
    const stood = await unpacked(weights);
    const got = await quantizedMatmul(tensor(x, [rows, inputs]), weights, { inputs: "int8" }).data();
    const truth = product(x, stood, rows, inputs, outputs);
    for (let row = 0; row < rows; row++) {
      const largest = Math.max(...Array.from(x.subarray(row * inputs, (row + 1) * inputs), Math.abs));
      for (let output = 0; output < outputs; output++) {
        let sizes = 0;
        for (let i = 0; i < inputs; i++) sizes += Math.abs(stood[i * outputs + output] ?? 0);
        const at = row * outputs + output;
        // Half a step of 1 / 63 or 1 / 127 of the row's largest, and a thousandth for the step's own rounding.
        const bound = (0.501 * largest * sizes) / (bits === 8 ? 63 : 127);
        expect(Math.abs((got[at] ?? Number.NaN) - (truth[at] ?? Number.NaN))).toBeLessThan(bound);
      }
    }
  });

  test("are summed to the same integers with relaxed SIMD as without, at the ends of their range too", async () => {
    const { weights } = await quantizeWeights(tensor(weight, [inputs, outputs]), one);
    const ends = await quantizeWeights(
      tensor(
        weight.map((value) => Math.sign(value)),
        [inputs, outputs],
      ),
      one,
    );
    const sharp = x.map((value) => Math.sign(value));
    // With one group and a scale of 1, f32 holds every sum exactly but for the row's scale, which both builds divide alike.
    const whole = tensor(new Float32Array(outputs).fill(1), [outputs, 1]);
    const results = await Promise.all(
      [true, false].map(async (deterministic) => {
        using own = await openDevice("wasm", { deterministic, threads: 1 });
        const taken: (readonly number[])[] = [];
        for (const [table, values] of [
          [weights, x],
          [ends.weights, sharp],
        ] as const) {
          const copied = await Promise.all(
            Object.entries(table).map(async ([name, held]: [string, Tensor]) => [
              name,
              tensor(await held.data(), held.shape),
            ]),
          );
          const moved = { ...table, ...Object.fromEntries(copied), scales: tensor(await whole.data(), [outputs, 1]) };
          const y = quantizedMatmul(tensor(values, [rows, inputs]), moved, { inputs: "int8" });
          taken.push([...(await y.data(own))]);
        }
        return taken;
      }),
    );
    expect(results[1]).toEqual(results[0]);
  });
});
