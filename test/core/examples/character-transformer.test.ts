// A character-level transformer on eight of Shakespeare's sonnets: embedding, causal blocks, AdamW under a warm-up, clipped
// gradients, all in one compiled step that works in place.
import { readFileSync } from "node:fs";
import {
  adamState,
  adamWStep,
  clipByGlobalNorm,
  compile,
  cosineSchedule,
  crossEntropyLoss,
  nn,
  openDevice,
  randomKey,
  randomStream,
  range,
  type Tensor,
  tensor,
  valueAndGrad,
  warmUpSchedule,
  zeros,
} from "@millrace/core";
import { afterAll, expect, test } from "vitest";
import { settled } from "../settled.ts";

const device = await openDevice("wasm", { deterministic: true });
afterAll(() => device[Symbol.dispose]());

const text = readFileSync(new URL("../../fixtures/text/sonnets.txt", import.meta.url), "utf8").toLowerCase();
const alphabet = [...new Set(text)].sort();
const codes = Int32Array.from(text, (character) => alphabet.indexOf(character));
/** The last sonnet is kept apart. */
const unseen = text.lastIndexOf("\n\n") + 2;

/** Nats a character when each is guessed from the letters' frequencies in the training text alone. */
const unigramEntropy = (from: number, to: number): number => {
  const counts = alphabet.map((_, code) => 1 + codes.subarray(0, unseen).filter((own) => own === code).length);
  const total = counts.reduce((sum, own) => sum + own, 0);
  const bits = [...codes.subarray(from, to)].map((code) => -Math.log((counts[code] ?? 0) / total));
  return bits.reduce((sum, own) => sum + own, 0) / bits.length;
};

const [places, width, heads, batchRows, steps] = [32, 48, 4, 8, 900];

const tokens = nn.embedding(alphabet.length, width, { weights: nn.normal(0.1) });
const positions = nn.embedding(places, width, { weights: nn.normal(0.1) });
const block = nn.transformerEncoderBlock({ width, heads, hidden: 2 * width, causal: true, dropout: 0.02 });
const body = nn.sequential(block, block, nn.layerNorm(width), nn.linear(width, alphabet.length));

const initialise = (seed: number) => ({
  tokens: tokens.initialise(seed),
  positions: positions.initialise(seed + 1),
  body: body.initialise(seed + 2),
});
type Parameters = ReturnType<typeof initialise>;

/** Logits of the next character at each place: i32 [batch, places] -> f32 [batch, places, characters]. */
const logitsOf = (parameters: Parameters, x: Tensor, key?: Tensor): Tensor => {
  const places = x.shape[1] ?? 0;
  const own = tokens.apply(parameters.tokens, x).add(positions.apply(parameters.positions, range(places)));
  return body.apply(parameters.body, own, { key });
};

const schedule = warmUpSchedule(cosineSchedule(1e-2, { steps: steps - 20, minimum: 3e-4 }), { steps: 20 });

const begin = (seed: number) => ({
  adam: adamState(initialise(seed)),
  key: randomKey(seed),
  step: zeros([]),
});

const train = (state: ReturnType<typeof begin>, x: Tensor, y: Tensor) => {
  const [key, next] = nn.keysFrom(state.key, 2);
  const loss = (parameters: Parameters): Tensor => crossEntropyLoss(logitsOf(parameters, x, key), y);
  const { value, gradient } = valueAndGrad(loss)(state.adam.parameters);
  const clipped = clipByGlobalNorm(gradient, 1).gradient;
  const adam = adamWStep(state.adam, clipped, schedule(state.step), {
    weightDecay: 0.01,
    decays: (parameter) => parameter.rank > 1,
  });
  return { state: { adam, key: next ?? state.key, step: state.step.add(1) }, loss: value };
};

/** Windows of the text that begin at given places, and the characters that follow each place in them. */
const windows = (starts: readonly number[]): { x: Tensor; y: Tensor } => {
  const cut = (shift: number): Tensor =>
    tensor(Int32Array.from(starts.flatMap((start) => [...codes.subarray(start + shift, start + shift + places)])), [
      starts.length,
      places,
    ]);
  return { x: cut(0), y: cut(1) };
};

test("a transformer learns to spell from a few kilobytes, in memory that stays flat", async () => {
  using step = compile(train, { device, donate: [0] });
  const stream = randomStream(11, 0);
  let state = begin(11);
  const losses: number[] = [];
  let before = device.memory;
  for (let i = 0; i < steps; i++) {
    const { x, y } = windows(Array.from({ length: batchRows }, () => stream.below(unseen - places)));
    const result = await step(state, x, y);
    state = result.state;
    losses.push(await result.loss.item());
    for (const done of [x, y, result.loss]) done.dispose();
    if (i === 10) before = await settled(device);
  }
  expect(await settled(device)).toEqual(before);

  const last = losses.slice(-20).reduce((sum, own) => sum + own, 0) / 20;
  // It knows what comes after what: far below the letters' own frequencies on what it read,
  expect(last).toBeLessThan(0.6 * unigramEntropy(0, unseen));
  // and below them on a sonnet that it did not read.
  const starts = Array.from(
    { length: Math.floor((codes.length - unseen - 1) / places) },
    (_, i) => unseen + i * places,
  );
  const { x, y } = windows(starts);
  using judge = compile(
    (parameters: Parameters, own: Tensor, next: Tensor) => crossEntropyLoss(logitsOf(parameters, own), next),
    {
      device,
    },
  );
  const fresh = await (await judge(state.adam.parameters, x, y)).item();
  expect(fresh).toBeLessThan(0.87 * unigramEntropy(unseen, codes.length));
  // No character sees those behind it: the logits of a beginning are the same whatever follows.
  using logits = compile(logitsOf, { device });
  const changed = tensor(
    Int32Array.from(await x.data(), (code, i) => (i % places < 20 ? code : 0)),
    x.shape,
  );
  const [plain, other] = [
    await (await logits(state.adam.parameters, x)).data(),
    await (await logits(state.adam.parameters, changed)).data(),
  ];
  const known = 20 * alphabet.length;
  expect(other.slice(0, known)).toEqual(plain.slice(0, known));
  expect(other.slice(known, 2 * known)).not.toEqual(plain.slice(known, 2 * known));
});
