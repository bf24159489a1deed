// A workload as one jit function of jax-js. On a GPU calls are queued and the last result is waited for at a sample's end.
import type { Prepared } from "../participant.ts";
import { taskOf, type Workload } from "../workloads/index.ts";
import { type Jax, type JaxArray, jaxFunctionOf } from "./jax-js-functions.ts";
import { prepareJaxTraining } from "./jax-js-training.ts";

/** Undefined where jax-js has no way to do the workload. */
export const prepareJax = (jax: Jax, workload: Workload, device: "wasm" | "webgpu"): Prepared | undefined => {
  if (workload.kind === "training-step") return prepareJaxTraining(jax, workload);
  const work = jaxFunctionOf(jax, workload);
  if (work === undefined) return undefined;
  const arrays = taskOf(workload)
    .inputs()
    .map(({ shape, data }) => jax.numpy.array(data).reshape([...shape]));
  const compiled = jax.jit(work);
  const call = (): JaxArray => compiled(arrays.map((array) => array.ref));
  let last: JaxArray | undefined;
  return {
    ...(device === "webgpu"
      ? {
          run: () => {
            last?.dispose();
            last = call();
          },
          finish: async () => {
            await last?.blockUntilReady();
          },
        }
      : {
          run: async () => {
            const result = call();
            await result.blockUntilReady();
            result.dispose();
          },
        }),
    output: async () => call().data(),
    dispose: () => {
      last?.dispose();
      for (const array of arrays) array.dispose();
      compiled.dispose();
    },
  };
};
