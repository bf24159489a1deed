// What the host pays for a step of training on WebGPU, told apart from the GPU's work: on Dawn's null backend, which
// validates every call and computes nothing. `npm run bench:host` prints microseconds a step and a dispatch, beside the
// floor: the same number of dispatches of kept bind groups, nothing between the calls. Both are timed turn by turn.
import { compile, tensor } from "@millrace/core";
import { create } from "webgpu";
import { openWebGPUDevice } from "../core/device/webgpu/index.ts";
import { prepareTraining } from "./millrace-training.ts";

const rounds = 9;
const stepsOfRound = 300;

const gpu = create(["backend=null"]);
using device = await openWebGPUDevice({ gpu });

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Processor time of the calling thread, which other work on the machine stretches less than it does the clock's. */
const processorMicroseconds = (): number => {
  const { user, system } = process.threadCpuUsage();
  return user + system;
};

/** Median microseconds of processor time a call of each, over rounds; the first two are the compiler's. */
const microseconds = async (calls: readonly (() => unknown)[]): Promise<number[]> => {
  const times = calls.map((): number[] => []);
  for (let round = 0; round < rounds + 2; round++)
    for (const [at, call] of calls.entries()) {
      const begin = processorMicroseconds();
      for (let i = 0; i < stepsOfRound; i++) await call();
      if (round >= 2) times[at]?.push((processorMicroseconds() - begin) / stepsOfRound);
    }
  return times.map(median);
};

const adapter = await gpu.requestAdapter();
if (!adapter) throw new Error("Dawn has a null backend");
const raw = await adapter.requestDevice();
const layout = raw.createBindGroupLayout({
  entries: (["read-only-storage", "read-only-storage", "storage", "uniform"] as const).map((type, binding) => {
    return { binding, visibility: 4, buffer: { type } }; // COMPUTE
  }),
});
const pipelines = ["x[0]", "x[1]"].map((term) =>
  raw.createComputePipeline({
    layout: raw.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: {
      module: raw.createShaderModule({
        code: `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> z: array<f32>;
@group(0) @binding(3) var<uniform> p: vec4u;
@compute @workgroup_size(64) fn main() { z[p.x] = ${term} + y[0]; }`,
      }),
    },
  }),
);

/** The least that any replay of this many dispatches can cost: three calls each, of a new pipeline and three buffers. */
const floorOf = (dispatches: number): (() => void) => {
  const size = 256;
  const usage = 0x80 | 0x40; // STORAGE | UNIFORM
  const buffers = Array.from({ length: 100 }, () => raw.createBuffer({ size, usage }));
  const launches = Array.from({ length: dispatches }, (_, i) => {
    const entries = [0, 1, 2, 3].flatMap((binding) => {
      const buffer = buffers[(3 * i + 7 * binding) % buffers.length];
      return buffer ? [{ binding, resource: { buffer } }] : [];
    });
    return { group: raw.createBindGroup({ layout, entries }), pipeline: pipelines[i % 2] };
  });
  return () => {
    const encoder = raw.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const { group, pipeline } of launches) {
      if (pipeline) pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(1);
    }
    pass.end();
    raw.queue.submit([encoder.finish()]);
  };
};

const tell = async (name: string, dispatches: number, call: () => unknown): Promise<void> => {
  const [cost = 0, floor = 0] = await microseconds([call, floorOf(dispatches)]);
  console.log(
    `${name}: ${dispatches} dispatches, ${cost.toFixed(1)} us a call, ${(cost / dispatches).toFixed(2)} us a dispatch; the floor is ${(floor / dispatches).toFixed(2)}`,
  );
};

for (const network of [
  { type: "mlp", widths: [784, 256, 128, 10] },
  { type: "transformer", layers: 2, width: 64, heads: 2, length: 32, vocabulary: 64 },
] as const) {
  const step = await prepareTraining(device, { kind: "training-step", network, batch: 16 });
  await tell(`a training step (${network.type}, Adam)`, step.cost?.dispatches ?? 0, step.run);
  step.dispose?.();
}

const x = tensor(new Float32Array(256), [16, 16]);
using chain = compile((a: typeof x) => Array.from({ length: 64 }).reduce<typeof x>((y) => y.matmul(a), a), { device });
const { dispatches } = chain.plan(x).cost;
await tell("a chain of products of 16 x 16", dispatches, async () => (await chain(x)).dispose());
process.exit(0); // Dawn's entry would keep the process alive.
