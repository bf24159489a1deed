// A character-level transformer on eight of Shakespeare's sonnets: embedding, causal blocks, AdamW under a warm-up, clipped
// gradients, all in one compiled step that works in place.
import {
  adamState,
  adamWStep,
  clipByGlobalNorm,
  compile,
  cosineSchedule,
  crossEntropyLoss,
  nn,
  randomKey,
  randomStream,
  range,
  type Tensor,
  tensor,
  valueAndGrad,
  warmUpSchedule,
  zeros,
} from "@millrace/core";
import { flattenTree } from "../../../core/tensor/tree.ts";
import type { Course, Example } from "./course.ts";

const [places, width, heads] = [32, 48, 4];

/** The sonnets as codes; those from `unseen` on, the last sonnet, are kept apart. */
export const readSonnets = (text: string) => {
  const lower = text.toLowerCase();
  const alphabet = [...new Set(lower)].sort();
  const codes = Int32Array.from(lower, (character) => alphabet.indexOf(character));
  const unseen = lower.lastIndexOf("\n\n") + 2;
  /** Nats a character when each is guessed from the letters' frequencies in the training text alone. */
  const unigramEntropy = (from: number, to: number): number => {
    const counts = alphabet.map((_, code) => 1 + codes.subarray(0, unseen).filter((own) => own === code).length);
    const total = counts.reduce((sum, own) => sum + own, 0);
    const bits = [...codes.subarray(from, to)].map((code) => -Math.log((counts[code] ?? 0) / total));
    return bits.reduce((sum, own) => sum + own, 0) / bits.length;
  };
  return { codes, characters: alphabet.length, unseen, unigramEntropy };
};

const model = (characters: number) => {
  const tokens = nn.embedding(characters, width, { weights: nn.normal(0.1) });
  const positions = nn.embedding(places, width, { weights: nn.normal(0.1) });
  const block = nn.transformerEncoderBlock({ width, heads, hidden: 2 * width, causal: true, dropout: 0.02 });
  const body = nn.sequential(block, block, nn.layerNorm(width), nn.linear(width, characters));
  const initialise = (seed: number) => ({
    tokens: tokens.initialise(seed),
    positions: positions.initialise(seed + 1),
    body: body.initialise(seed + 2),
  });
  /** Logits of the next character at each place: i32 [batch, places] -> f32 [batch, places, characters]. */
  const logitsOf = (parameters: ReturnType<typeof initialise>, x: Tensor, key?: Tensor): Tensor => {
    const own = tokens.apply(parameters.tokens, x).add(positions.apply(parameters.positions, range(x.shape[1] ?? 0)));
    return body.apply(parameters.body, own, { key });
  };
  return { initialise, logitsOf };
};

const schedule = warmUpSchedule(cosineSchedule(1e-2, { steps: 880, minimum: 3e-4 }), { steps: 20 });

/** The course, and how far its predictions depend on what comes later. */
export interface TransformerCourse extends Course {
  /** Logits of windows of the unseen sonnet, as they are and with all characters from `place` on replaced by the first. */
  compareBeginnings(place: number): Promise<{ plain: ArrayLike<number>; changed: ArrayLike<number> }>;
}

/** Its judge gives the loss in nats a character on a sonnet that it did not read. */
export const characterTransformer = ((device, data, batchRows = 8) => {
  const { codes, characters, unseen } = readSonnets(data);
  const { initialise, logitsOf } = model(characters);
  type Weights = ReturnType<typeof initialise>;
  let state = { adam: adamState(initialise(11)), key: randomKey(11), step: zeros([]) };
  const train = (own: typeof state, x: Tensor, y: Tensor) => {
    const [key, next] = nn.keysFrom(own.key, 2);
    const loss = (parameters: Weights): Tensor => crossEntropyLoss(logitsOf(parameters, x, key), y);
    const { value, gradient } = valueAndGrad(loss)(own.adam.parameters);
    const clipped = clipByGlobalNorm(gradient, 1).gradient;
    const adam = adamWStep(own.adam, clipped, schedule(own.step), {
      weightDecay: 0.01,
      decays: (parameter) => parameter.rank > 1,
    });
    return { state: { adam, key: next ?? own.key, step: own.step.add(1) }, loss: value };
  };
  const step = compile(train, { device, donate: [0] });
  const judge = compile((parameters: Weights, x: Tensor, y: Tensor) => crossEntropyLoss(logitsOf(parameters, x), y), {
    device,
  });
  const logits = compile((parameters: Weights, x: Tensor) => logitsOf(parameters, x), { device });

  /** Windows of the text that begin at given places, and the characters that follow each place in them. */
  const windows = (starts: readonly number[]): { x: Tensor; y: Tensor } => {
    const cut = (shift: number): Tensor =>
      tensor(Int32Array.from(starts.flatMap((start) => [...codes.subarray(start + shift, start + shift + places)])), [
        starts.length,
        places,
      ]);
    return { x: cut(0), y: cut(1) };
  };
  const unread = () =>
    windows(Array.from({ length: Math.floor((codes.length - unseen - 1) / places) }, (_, i) => unseen + i * places));
  const stream = randomStream(11, 0);
  return {
    async step() {
      const { x, y } = windows(Array.from({ length: batchRows }, () => stream.below(unseen - places)));
      const result = await step(state, x, y);
      state = result.state;
      const loss = await result.loss.item();
      for (const done of [x, y, result.loss]) done.dispose();
      return loss;
    },
    async judge() {
      const { x, y } = unread();
      const loss = await judge(state.adam.parameters, x, y);
      const figures = { loss: await loss.item() };
      for (const used of [x, y, loss]) used.dispose();
      return figures;
    },
    async compareBeginnings(place) {
      const { x, y } = unread();
      const other = tensor(
        Int32Array.from(await x.data(), (code, i) => (i % places < place ? code : 0)),
        x.shape,
      );
      using own = await logits(state.adam.parameters, x);
      using replaced = await logits(state.adam.parameters, other);
      const found = { plain: await own.data(), changed: await replaced.data() };
      for (const used of [x, y, other]) used.dispose();
      return found;
    },
    get weights() {
      return flattenTree(state.adam.parameters);
    },
    [Symbol.dispose]() {
      for (const own of flattenTree(state)) own.dispose();
      for (const compiled of [step, judge, logits]) compiled[Symbol.dispose]();
    },
  };
}) satisfies (...given: Parameters<Example>) => TransformerCourse;
