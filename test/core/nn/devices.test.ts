// One training step through every kind of layer: the same numbers on every device.
import {
  clipByGlobalNorm,
  compile,
  crossEntropyLoss,
  type Device,
  gradientDescentState,
  gradientDescentStep,
  nn,
  openDevice,
  randomKey,
  type Tensor,
  tensor,
  valueAndGradWithAuxiliary,
} from "@millrace/core";
import { describe, expect, test } from "vitest";
import { numbers } from "../plain.ts";

const [batch, time, width] = [4, 6, 8];
const convolution = nn.conv2d(1, 4, 3, { padding: 1 });
const batchNorm = nn.batchNorm(4);
const instanceNorm = nn.instanceNorm(4);
const groupNorm = nn.groupNorm(4, 2);
const flat = nn.linear(4 * width, width);
const tokens = nn.embedding(5, width);
const lstm = nn.lstm(width, width);
const gru = nn.gru(width, width);
const encoder = nn.transformerEncoderBlock({ width, heads: 2, causal: true, dropout: 0.2 });
const decoder = nn.transformerDecoderBlock({ width, heads: 2, dropout: 0.2 });
const head = nn.sequential(nn.rmsNorm(width), nn.dropout(0.2), nn.linear(width, 5));

const initialise = () => ({
  convolution: convolution.initialise(1),
  batchNorm: batchNorm.initialise(2),
  instanceNorm: instanceNorm.initialise(2),
  groupNorm: groupNorm.initialise(2),
  flat: flat.initialise(3),
  tokens: tokens.initialise(4),
  lstm: lstm.initialise(5),
  gru: gru.initialise(6),
  encoder: encoder.initialise(7),
  decoder: decoder.initialise(8),
  head: head.initialise(9),
});
type Parameters = ReturnType<typeof initialise>;

/** Images [batch * time, 1, width, 1] and codes [batch, time] to a loss. */
const loss = (
  own: Parameters,
  state: ReturnType<typeof batchNorm.initialState>,
  codes: Tensor,
  images: Tensor,
  key: Tensor,
) => {
  const [first, second, third] = nn.keysFrom(key, 3);
  const seen = batchNorm.train(own.batchNorm, convolution.apply(own.convolution, images), state);
  const normed = groupNorm.apply(own.groupNorm, instanceNorm.apply(own.instanceNorm, seen.value.relu()));
  const looked = flat.apply(own.flat, normed.reshape([batch, time, 4 * width]));
  const read = gru.apply(own.gru, lstm.apply(own.lstm, tokens.apply(own.tokens, codes)).value).value;
  const context = encoder.apply(own.encoder, looked, { key: first });
  const logits = head.apply(own.head, decoder.apply(own.decoder, read, { context, key: second }), { key: third });
  return { value: crossEntropyLoss(logits, codes, { labelSmoothing: 0.1 }), auxiliary: seen.state };
};

const step = (state: ReturnType<typeof begin>, codes: Tensor, images: Tensor, key: Tensor, rate: Tensor) => {
  const { value, gradient, auxiliary } = valueAndGradWithAuxiliary(loss)(
    state.descent.parameters,
    state.statistics,
    codes,
    images,
    key,
  );
  const { gradient: clipped, norm } = clipByGlobalNorm(gradient, 1);
  return {
    state: { descent: gradientDescentStep(state.descent, clipped, rate, { momentum: 0.9 }), statistics: auxiliary },
    value,
    norm,
  };
};
const begin = () => ({ descent: gradientDescentState(initialise()), statistics: batchNorm.initialState() });

const run = async (device: Device): Promise<number[]> => {
  using compiled = compile(step, { device, donate: [0] });
  const codes = tensor(
    Int32Array.from({ length: batch * time }, (_, i) => (i * 7) % 5),
    [batch, time],
  );
  const images = tensor(numbers(batch * time * width)).reshape([batch * time, 1, width, 1]);
  let state = begin();
  const trace: number[] = [];
  for (let i = 0; i < 4; i++) {
    const result = await compiled(state, codes, images, randomKey(i), tensor(0.05));
    state = result.state;
    trace.push(await result.value.item(), await result.norm.item());
  }
  trace.push(...(await state.statistics.mean.data()), ...(await state.statistics.variance.data()));
  return trace;
};

const expected = await run(await openDevice("reference"));

describe.each([
  { name: "WASM, strict", open: () => openDevice("wasm", { deterministic: true }) },
  { name: "WASM", open: () => openDevice("wasm") },
  { name: "WebGPU on SwiftShader", open: () => openDevice("webgpu", { software: true }) },
])("on $name", ({ open }) => {
  test("four steps through every layer give the reference's losses, gradient lengths and statistics", async () => {
    using device = await open();
    const trace = await run(device);
    expect(expected.every(Number.isFinite)).toBe(true);
    expect(expected[6]).toBeLessThan(expected[0] ?? 0);
    for (const [i, value] of trace.entries()) {
      const want = expected[i] ?? Number.NaN;
      expect(Math.abs(value - want) / (1 + Math.abs(want)), `number ${i}`).toBeLessThan(1e-4);
    }
  });
});
