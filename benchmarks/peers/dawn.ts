// A page's WebGPU for peers written for pages: Dawn from the package "webgpu", the same that our device uses, so that both
// run on one driver.
import { create, globals } from "webgpu";

/** Gives this process `navigator.gpu` and the constants beside it. */
export const installWebGPU = (): void => {
  // As our own device: timestamps are not rounded, and what NVIDIA's driver can do in f16 is not hidden.
  const gpu = create([
    "disable-dawn-features=timestamp_quantization",
    "enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia,use_vulkan_memory_model",
  ]);
  Object.assign(globalThis, globals);
  const { userAgent, hardwareConcurrency, platform } = navigator;
  Object.defineProperty(globalThis, "navigator", {
    value: { gpu, userAgent, hardwareConcurrency, platform },
    configurable: true,
  });
};
