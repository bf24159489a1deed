// Attention, transformer blocks and recurrent layers against plain float64 loops over their parameters.
import { grad, nn, openDevice, randomKey, setDefaultDevice, type Tensor, tensor } from "@millrace/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectClose, mean, numbers, rowsOf, sum } from "../plain.ts";

beforeAll(async () => setDefaultDevice(await openDevice("wasm", { deterministic: true })));
afterAll(() => setDefaultDevice(undefined));

type Matrix = readonly (readonly number[])[];

const matrix = async (x: Tensor): Promise<Matrix> => rowsOf([...(await x.data())], x.shape[x.rank - 1] ?? 1);
const product = (x: Matrix, w: Matrix, bias: readonly number[] = []): number[][] =>
  x.map((row) => (w[0] ?? []).map((_, j) => sum(row.map((own, i) => own * (w[i]?.[j] ?? 0))) + (bias[j] ?? 0)));
const plus = (x: Matrix, y: Matrix): number[][] => x.map((row, i) => row.map((own, j) => own + (y[i]?.[j] ?? 0)));

/** Parameters with biases that are not zero, so that a forgotten one shows. */
const filled = <T>(tree: T, phase = 0): T => {
  let at = phase;
  const walk = (node: unknown): unknown =>
    node !== null && typeof node === "object" && "dtype" in node
      ? tensor(numbers((node as Tensor).size, at++).map((value) => value * 0.7)).reshape((node as Tensor).shape)
      : Object.fromEntries(Object.entries(node as object).map(([name, own]) => [name, walk(own)]));
  // Only tensors were replaced, by tensors of the same shapes.
  return walk(tree) as T;
};

const plainLinear = async ({ weight, bias }: nn.LinearParameters, x: Matrix): Promise<number[][]> =>
  product(x, await matrix(weight), bias ? [...(await bias.data())] : []);

const plainAttention = async (
  parameters: nn.AttentionParameters,
  x: Matrix,
  context: Matrix,
  heads: number,
  see: (query: number, key: number) => boolean = () => true,
): Promise<number[][]> => {
  const [q, k, v] = [
    await plainLinear(parameters.query, x),
    await plainLinear(parameters.key, context),
    await plainLinear(parameters.value, context),
  ];
  const depth = (x[0]?.length ?? 0) / heads;
  const mixed = q.map((query, i) =>
    query.map((_, column) => {
      const from = Math.floor(column / depth) * depth;
      const part = (row: readonly number[]): number[] => row.slice(from, from + depth);
      const scores = k.map((key, j) =>
        see(i, j) ? Math.exp(sum(part(key).map((own, d) => own * (part(query)[d] ?? 0))) / Math.sqrt(depth)) : 0,
      );
      return sum(scores.map((score, j) => (score / sum(scores)) * (v[j]?.[column] ?? 0)));
    }),
  );
  return plainLinear(parameters.output, mixed);
};

const plainNorm = async ({ scale, shift }: nn.NormParameters, x: Matrix): Promise<number[][]> => {
  const [scales, shifts] = [await scale.data(), await shift.data()];
  return x.map((row) => {
    const middle = mean(row);
    const deviation = Math.sqrt(mean(row.map((own) => (own - middle) ** 2)) + 1e-5);
    return row.map((own, i) => ((own - middle) / deviation) * (scales[i] ?? 0) + (shifts[i] ?? 0));
  });
};

const [places, width, heads] = [4, 6, 2];
const x = numbers(places * width);
const rows = rowsOf(x, width);
const tx = tensor(x).reshape([1, places, width]);
const context = numbers(3 * width, 5);
const contextRows = rowsOf(context, width);
const tc = tensor(context).reshape([1, 3, width]);

describe("multi-head attention", () => {
  const layer = nn.multiHeadAttention({ width, heads });
  const parameters = filled(layer.initialise(1));

  test("over its own input, over a context, and under a mask", async () => {
    await expectClose(layer.apply(parameters, tx), (await plainAttention(parameters, rows, rows, heads)).flat(), 5e-6);
    await expectClose(
      layer.apply(parameters, tx, { context: tc }),
      (await plainAttention(parameters, rows, contextRows, heads)).flat(),
      5e-6,
    );
    const mask = tensor([true, false, true, true]);
    await expectClose(
      layer.apply(parameters, tx, { mask }),
      (await plainAttention(parameters, rows, rows, heads, (_, j) => j !== 1)).flat(),
      5e-6,
    );
  });
  test("refuses heads that do not divide the width", () => {
    expect(() => nn.multiHeadAttention({ width: 6, heads: 4 })).toThrow(/4 heads do not divide a width of 6/);
  });
});

/** 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) */
const gelu = (value: number): number =>
  0.5 * value * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (value + 0.044715 * value ** 3)));

describe("transformer blocks", () => {
  const forward = async (parameters: nn.EncoderBlockParameters, own: Matrix): Promise<number[][]> =>
    plainLinear(
      parameters.feedForward.outer,
      (await plainLinear(parameters.feedForward.inner, own)).map((row) => row.map(gelu)),
    );
  const causal = (i: number, j: number): boolean => j <= i;

  test("an encoder block is attention and a feed-forward part in residual branches, norms first", async () => {
    const block = nn.transformerEncoderBlock({ width, heads, hidden: 8, causal: true });
    const parameters = filled(block.initialise(1), 3);
    const normed = await plainNorm(parameters.attentionNorm, rows);
    const attended = plus(rows, await plainAttention(parameters.attention, normed, normed, heads, causal));
    const expected = plus(attended, await forward(parameters, await plainNorm(parameters.feedForwardNorm, attended)));
    await expectClose(block.apply(parameters, tx), expected.flat(), 1e-5);
  });
  test("an encoder block as in the paper normalises behind its branches", async () => {
    const block = nn.transformerEncoderBlock({ width, heads, hidden: 8, normFirst: false });
    const parameters = filled(block.initialise(1), 3);
    const attended = await plainNorm(
      parameters.attentionNorm,
      plus(rows, await plainAttention(parameters.attention, rows, rows, heads)),
    );
    const expected = await plainNorm(parameters.feedForwardNorm, plus(attended, await forward(parameters, attended)));
    await expectClose(block.apply(parameters, tx), expected.flat(), 1e-5);
  });
  test("a decoder block attends to its past, then to a context", async () => {
    const block = nn.transformerDecoderBlock({ width, heads, hidden: 8 });
    const parameters = filled(block.initialise(1), 3);
    const normed = await plainNorm(parameters.attentionNorm, rows);
    const attended = plus(rows, await plainAttention(parameters.attention, normed, normed, heads, causal));
    const crossed = plus(
      attended,
      await plainAttention(
        parameters.crossAttention,
        await plainNorm(parameters.crossAttentionNorm, attended),
        contextRows,
        heads,
        (_, j) => j !== 2,
      ),
    );
    const expected = plus(crossed, await forward(parameters, await plainNorm(parameters.feedForwardNorm, crossed)));
    const contextMask = tensor([true, true, false]);
    await expectClose(block.apply(parameters, tx, { context: tc, contextMask }), expected.flat(), 1e-5);
  });
  test("drop out only under a key, and otherwise for another key", async () => {
    const block = nn.transformerEncoderBlock({ width, heads, dropout: 0.3 });
    const parameters = block.initialise(1);
    const plain = await block.apply(parameters, tx).data();
    expect(await block.apply(parameters, tx).data()).toEqual(plain);
    const first = await block.apply(parameters, tx, { key: randomKey(1) }).data();
    expect(first).not.toEqual(plain);
    expect(await block.apply(parameters, tx, { key: randomKey(2) }).data()).not.toEqual(first);
  });
});

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

describe("recurrent layers", () => {
  const [batch, time, inputs, hidden] = [2, 5, 3, 4];
  const series = numbers(batch * time * inputs, 2);
  const sequence = tensor(series).reshape([batch, time, inputs]);
  const steps = (example: number): number[][] => rowsOf(series, inputs).slice(example * time, (example + 1) * time);

  /** Runs a cell from (products of the input, products of the state, state) over one example. */
  const plainRun = async (
    parameters: nn.RecurrentParameters,
    cell: (a: readonly number[], b: readonly number[], memory: { h: number[]; c: number[] }) => void,
  ): Promise<number[]> => {
    const [wi, wh] = [await matrix(parameters.inputWeight), await matrix(parameters.stateWeight)];
    const [bi, bh] = [[...(await parameters.inputBias.data())], [...(await parameters.stateBias.data())]];
    return Array.from({ length: batch }, (_, example) => {
      const memory = { h: new Array<number>(hidden).fill(0), c: new Array<number>(hidden).fill(0) };
      return steps(example).flatMap((row) => {
        cell(product([row], wi, bi)[0] ?? [], product([memory.h], wh, bh)[0] ?? [], memory);
        return memory.h;
      });
    }).flat();
  };

  test("LSTM", async () => {
    const layer = nn.lstm(inputs, hidden);
    const parameters = filled(layer.initialise(1));
    const expected = await plainRun(parameters, (a, b, memory) => {
      const gate = (index: number, i: number): number => (a[index * hidden + i] ?? 0) + (b[index * hidden + i] ?? 0);
      memory.c = memory.c.map((old, i) => sigmoid(gate(1, i)) * old + sigmoid(gate(0, i)) * Math.tanh(gate(2, i)));
      memory.h = memory.c.map((own, i) => sigmoid(gate(3, i)) * Math.tanh(own));
    });
    await expectClose(layer.apply(parameters, sequence).value, expected, 5e-6);
  });
  test("GRU", async () => {
    const layer = nn.gru(inputs, hidden);
    const parameters = filled(layer.initialise(1));
    const expected = await plainRun(parameters, (a, b, memory) => {
      memory.h = memory.h.map((old, i) => {
        const both = (index: number): number => (a[index * hidden + i] ?? 0) + (b[index * hidden + i] ?? 0);
        const fresh = Math.tanh((a[2 * hidden + i] ?? 0) + sigmoid(both(0)) * (b[2 * hidden + i] ?? 0));
        return (1 - sigmoid(both(1))) * fresh + sigmoid(both(1)) * old;
      });
    });
    await expectClose(layer.apply(parameters, sequence).value, expected, 5e-6);
  });
  test("go on from a state as if they had not stopped, and pass gradients through time", async () => {
    const layer = nn.lstm(inputs, hidden);
    const parameters = layer.initialise(3);
    const whole = await layer.apply(parameters, sequence).value.data();
    const first = layer.apply(parameters, sequence.slice([0, 0, 0], [batch, 2, inputs]));
    const rest = layer.apply(parameters, sequence.slice([0, 2, 0], [batch, 3, inputs]), first.state);
    await expectClose(
      rest.value,
      Array.from({ length: batch }, (_, i) => [
        ...whole.slice((i * time + 2) * hidden, (i + 1) * time * hidden),
      ]).flat(),
    );
    const gradient = grad((own: Tensor) =>
      layer
        .apply(parameters, own)
        .value.slice([0, time - 1, 0], [batch, 1, hidden])
        .sum(),
    )(sequence);
    expect((await gradient.data()).every((value) => value !== 0)).toBe(true);
  });
  test("say what they take", () => {
    const layer = nn.gru(inputs, hidden);
    expect(() => layer.apply(layer.initialise(1), tensor([[1, 2, 3]]))).toThrow(/takes \[batch, time, 3\]/);
    expect(() => layer.apply(layer.initialise(1), tensor([[[1, 2]]]))).toThrow(
      /gru takes \[..., 3\], but got \[1, 1, 2\]/,
    );
  });
});
