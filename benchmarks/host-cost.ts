// What the host pays for a step of training on WebGPU, told apart from the GPU's work: on Dawn's null backend, which
// validates every call and computes nothing. `npm run bench:host` prints microseconds a step and a dispatch.
import { compile, tensor } from "@millrace/core";
import { create } from "webgpu";
import { openWebGPUDevice } from "../core/device/webgpu/index.ts";
import { prepareTraining } from "./millrace-training.ts";

const rounds = 9;
const stepsOfRound = 400;

const gpu = create(["backend=null"]);
using device = await openWebGPUDevice({ gpu });

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Processor time of this process, which other work on the machine does not stretch as it does the clock's. */
const processorMicroseconds = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Median microseconds of processor time a call, over rounds; the first is the compiler's. */
const microseconds = async (call: () => unknown): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const begin = processorMicroseconds();
    for (let i = 0; i < stepsOfRound; i++) await call();
    if (round > 0) times.push((processorMicroseconds() - begin) / stepsOfRound);
  }
  return median(times);
};

const tell = (name: string, dispatches: number, cost: number): void =>
  console.log(
    `${name}: ${dispatches} dispatches, ${cost.toFixed(1)} us a call, ${(cost / dispatches).toFixed(2)} us a dispatch`,
  );

for (const network of [
  { type: "mlp", widths: [784, 256, 128, 10] },
  { type: "transformer", layers: 2, width: 64, heads: 2, length: 32, vocabulary: 64 },
] as const) {
  const step = await prepareTraining(device, { kind: "training-step", network, batch: 16 });
  tell(`a training step (${network.type}, Adam)`, step.cost?.dispatches ?? 0, await microseconds(step.run));
  step.dispose?.();
}

const x = tensor(new Float32Array(256), [16, 16]);
using chain = compile((a: typeof x) => Array.from({ length: 64 }).reduce<typeof x>((y) => y.matmul(a), a), { device });
const { dispatches } = chain.plan(x).cost;
tell("a chain of products of 16 x 16", dispatches, await microseconds(async () => (await chain(x)).dispose()));
process.exit(0); // Dawn's entry would keep the process alive.
