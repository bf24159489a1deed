// warmUp: everything is compiled and nothing has run, on each device.
import { compile, openDevice, type Tensor, tensor, zeros } from "@millrace/core";
import { expect, test, vi } from "vitest";
import { openGPU } from "../device/webgpu.fixture.ts";

const network = (w: Tensor, x: Tensor): Tensor => x.matmul(w).tanh().softmax().sum({ axis: 0 });

test("on WebGPU compiles every pipeline at once with progress, runs nothing, and leaves nothing to compile", async () => {
  const { device, raw } = await openGPU({ backend: "software" });
  const submits = vi.spyOn(raw.queue, "submit");
  const pipelines = vi.spyOn(raw, "createComputePipelineAsync");
  using compiled = compile(network, { device, donate: [0] });
  const told: [number, number][] = [];
  const w = zeros([4, 8]);
  await compiled.warmUp([w, zeros([2, 4])], { onProgress: (done, total) => told.push([done, total]) });
  const { dispatches } = compiled.plan(w, zeros([2, 4])).cost;
  expect(told).toEqual(Array.from({ length: dispatches }, (_, i) => [i + 1, dispatches]));
  expect(submits).not.toHaveBeenCalled();
  const before = pipelines.mock.calls.length;
  expect(before).toBeGreaterThan(1);
  const sums = await compiled(tensor(new Float32Array(32), [4, 8]), tensor(new Float32Array(8), [2, 4]));
  expect(await sums.data()).toEqual(new Float32Array(8).fill(0.25));
  expect(pipelines).toHaveBeenCalledTimes(before);
  // What was donated to the warm-up was not used up.
  expect(await w.data(device)).toEqual(new Float32Array(32));
  device[Symbol.dispose]();
});

test("on WASM emits every module, with progress", async () => {
  using device = await openDevice("wasm", { threads: 1 });
  using compiled = compile(network, { device });
  let last: readonly number[] = [];
  await compiled.warmUp([zeros([4, 8]), zeros([2, 4])], { onProgress: (...told) => (last = told) });
  expect(last[0]).toBe(last[1]);
  expect(last[1]).toBeGreaterThan(1);
  const compileModule = vi.spyOn(WebAssembly, "compile");
  const sums = await compiled(tensor(new Float32Array(32), [4, 8]), tensor(new Float32Array(8), [2, 4]));
  expect(await sums.data()).toEqual(new Float32Array(8).fill(0.25));
  expect(compileModule).not.toHaveBeenCalled();
  compileModule.mockRestore();
});

test("refuses arguments that the function refuses", async () => {
  using device = await openDevice("reference");
  using compiled = compile(network, { device });
  await expect(compiled.warmUp([zeros([4, 8]), zeros([2, 5])])).rejects.toThrow(/matmul/);
});
