// A training step of ours: compiled with its state donated, so that it updates in place, as a training loop does it.
import { type AdamState, adamState, compile, type Device, type Tensor, tensor } from "@millrace/core";
import { type Parameters, trainingStepOf } from "./millrace-networks.ts";
import type { Prepared } from "./participant.ts";
import { costOf } from "./plan-cost.ts";
import { fence } from "./roof.ts";
import { parametersOf } from "./workloads/networks.ts";
import { checkedLosses, labelsOf, type TrainingStep, trainingStepTask } from "./workloads/training-step.ts";

export const prepareTraining = async (device: Device, workload: TrainingStep): Promise<Prepared> => {
  const [batch, targets, ...weights] = trainingStepTask(workload).inputs();
  if (batch === undefined || targets === undefined) throw new Error("a training step has a batch and its targets");
  const x = tensor(batch.data, batch.shape);
  const labels = tensor(labelsOf(targets), targets.shape.slice(0, -1));
  const step = compile(trainingStepOf(workload.network), { device, donate: [0] });
  const begin = (): AdamState<Parameters> =>
    adamState(
      Object.fromEntries(
        parametersOf(workload.network).map(({ name, shape }, i) => [
          name,
          tensor(Float32Array.from(weights[i]?.data ?? []), shape),
        ]),
      ),
    );
  let state = begin();
  const cost = costOf(step.plan(state, x, labels));
  const advance = async (): Promise<Tensor> => {
    const after = await step(state, x, labels);
    state = after.state;
    return after.loss;
  };
  return {
    cost,
    run: async () => (await advance()).dispose(),
    output: async () => {
      state = begin();
      const losses = new Float32Array(checkedLosses);
      for (let i = 0; i < checkedLosses; i++) {
        using loss = await advance();
        losses[i] = await loss.item();
      }
      return losses;
    },
    ...(device.kind === "webgpu" ? { finish: () => fence(device) } : {}),
    dispose: () => {
      step[Symbol.dispose]();
      for (const tree of [state.parameters, state.first, state.second])
        for (const own of Object.values(tree)) own.dispose();
      for (const own of [state.powers, x, labels]) own.dispose();
    },
  };
};
