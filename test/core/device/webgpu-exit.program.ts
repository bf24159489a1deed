// Run by webgpu.test.ts in a process of its own: a GPU device at work while the garbage collector runs, left open or
// closed with a read on its way, must neither crash the process nor keep it alive.
import { openWebGPUDevice } from "../../../core/device/webgpu/index.ts";
import { useSoftwareGPU } from "../../software-gpu.ts";

await useSoftwareGPU();
const type = { dtype: "f32", shape: [100_000] } as const;

const work = async (close: boolean): Promise<void> => {
  const device = await openWebGPUDevice({ software: true });
  const buffer = device.allocate(type);
  device.write(buffer, type, new Float32Array(100_000).fill(3));
  for (let round = 0; round < 10; round++) {
    const reading = device.read(buffer, type);
    globalThis.gc?.();
    console.log((await reading)[99_999]);
  }
  if (!close) return;
  const last = device.read(buffer, type).catch((error: Error) => console.log(error.message));
  device[Symbol.dispose]();
  globalThis.gc?.();
  await last;
};

await work(true);
await work(false);
for (let round = 0; round < 5; round++) {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 10));
}
console.log("end");
