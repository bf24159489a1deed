// Predictions for rows that come with a request, in a kernel thread of their own: neither a training nor a large request
// makes another one wait for the event loop.
import type { Predictor } from "../domain/model/prediction.ts";
import type { KernelThread } from "../kernel/thread.ts";

const heedNothing = { report: (): void => {} };

/** A predictor over the bundles of the thread's store. */
export const createPredictor =
  (thread: KernelThread): Predictor =>
  async (bundleHash, columns) => {
    const never = new AbortController().signal;
    const task = { kind: "rows", bundleHash, columns, device: "auto" } as const;
    return (await thread.run(task, heedNothing, never)).answers;
  };
