// A workload on whichever backend of TensorFlow.js is open: its call, eager, on tensors that stay.
import type { Prepared } from "../participant.ts";
import { isImages } from "../workloads/images.ts";
import type { Workload } from "../workloads/index.ts";
import { type TensorFlow, tfjsCallOf } from "./tfjs-calls.ts";
import { tfjsImageCallOf } from "./tfjs-images.ts";
import { prepareTfjsTraining } from "./tfjs-training.ts";

/** Undefined where tfjs has no way to do the workload. */
export const prepareTfjs = (tf: TensorFlow, workload: Workload): Prepared | undefined => {
  if (workload.kind === "training-step") return prepareTfjsTraining(tf, workload);
  if (workload.kind === "tabular") return undefined;
  const built = isImages(workload) ? tfjsImageCallOf(tf, workload) : tfjsCallOf(tf, workload);
  if (built === undefined) return undefined;
  const { inputs, call, restore = (result) => result } = built;
  return {
    // tidy frees what the call made, its result included: it is disposed, not kept.
    run: () => {
      tf.tidy(() => {
        call();
      });
    },
    output: async () => {
      const result = tf.tidy(() => restore(call()));
      const data = await result.data();
      result.dispose();
      return data;
    },
    dispose: () => {
      for (const tensor of inputs) tensor.dispose();
    },
  };
};
