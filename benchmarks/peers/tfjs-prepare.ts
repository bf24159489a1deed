// A workload on whichever backend of TensorFlow.js is open: its call, eager, on tensors that stay.
import type { Prepared } from "../participant.ts";
import { taskOf, type Workload } from "../workloads/index.ts";
import { type TensorFlow, tfjsCallOf } from "./tfjs-calls.ts";

/** Undefined where tfjs has no way to do the workload. */
export const prepareTfjs = (tf: TensorFlow, workload: Workload): Prepared | undefined => {
  const inputs = taskOf(workload)
    .inputs()
    .map(({ shape, data }) => tf.tensor(data, [...shape]));
  const call = tfjsCallOf(tf, workload, inputs);
  if (call === undefined) return undefined;
  return {
    // tidy frees what the call made, its result included: it is disposed, not kept.
    run: () => {
      tf.tidy(() => {
        call();
      });
    },
    output: async () => {
      const result = tf.tidy(call);
      const data = await result.data();
      result.dispose();
      return data;
    },
    dispose: () => {
      for (const tensor of inputs) tensor.dispose();
    },
  };
};
