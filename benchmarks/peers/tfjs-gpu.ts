// Waiting for what TensorFlow.js has queued on a GPU, in Node and in a page.
type WebGPUBackend = InstanceType<typeof import("@tensorflow/tfjs-backend-webgpu")["WebGPUBackend"]>;

/** What a sample ends with. It fails once the GPU has refused a command, since a refused command does nothing, very fast. */
export const finishOn = (backend: WebGPUBackend): (() => Promise<void>) => {
  let refusal: string | undefined;
  backend.device.addEventListener("uncapturederror", ({ error }) => {
    refusal ??= error.message;
  });
  return async () => {
    // submitQueue alone would submit an encoder whose pass is still open, and fails where there is none: small tensors are
    // computed on the processor.
    backend.endComputePassEncoder();
    if (Reflect.get(backend, "commandEncoder")) backend.submitQueue();
    await backend.device.queue.onSubmittedWorkDone();
    if (refusal !== undefined) throw new Error(`tfjs-webgpu: ${refusal}`);
  };
};
