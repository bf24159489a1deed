// A training step of jax-js: value, gradient and Adam in one jit function, from state to state.
import type { Prepared } from "../participant.ts";
import { adamSettings, applyNetwork, weightDecayOf } from "../workloads/network-functions.ts";
import { namedParameters, parametersOf } from "../workloads/networks.ts";
import { checkedLosses, type TrainingStep, trainingStepTask } from "../workloads/training-step.ts";
import type { Jax, JaxArray } from "./jax-js-functions.ts";
import { jaxOperations } from "./jax-js-networks.ts";

interface State {
  readonly parameters: JaxArray[];
  readonly means: JaxArray[];
  readonly squares: JaxArray[];
  /** beta1 and beta2 to the power of the steps done. */
  readonly powers: JaxArray[];
}

export const prepareJaxTraining = (jax: Jax, workload: TrainingStep): Prepared => {
  const { numpy: np, nn } = jax;
  const { network } = workload;
  const declared = parametersOf(network);
  const operations = jaxOperations(jax);
  const { rate, beta1, beta2, epsilon } = adamSettings;
  const lossOf = (parameters: JaxArray[], x: JaxArray, targets: JaxArray): JaxArray => {
    const logits = applyNetwork(operations, network, namedParameters(declared, parameters), x);
    const rows = targets.size / (targets.shape.at(-1) ?? 1);
    return np.sum(nn.logSoftmax(logits).mul(targets.ref)).mul(-1 / rows);
  };
  const step = jax.jit(
    (
      parameters: JaxArray[],
      means: JaxArray[],
      squares: JaxArray[],
      powers: JaxArray[],
      x: JaxArray,
      targets: JaxArray,
    ) => {
      const [loss, gradient] = jax.valueAndGrad(lossOf)(
        parameters.map((own) => own.ref),
        x,
        targets,
      );
      const [power1, power2] = [powers[0]?.mul(beta1), powers[1]?.mul(beta2)];
      if (power1 === undefined || power2 === undefined) throw new Error("Adam has two powers");
      const correction1 = np.subtract(1, power1.ref);
      const correction2 = np.subtract(1, power2.ref);
      const nextMeans = gradient.map((own, i) => own.ref.mul(1 - beta1).add((means[i] ?? own).mul(beta1)));
      const nextSquares = gradient.map((own, i) =>
        np
          .square(own)
          .mul(1 - beta2)
          .add((squares[i] ?? own).mul(beta2)),
      );
      const next = parameters.map((own, i) => {
        const mean = nextMeans[i]?.ref.div(correction1.ref);
        const square = nextSquares[i]?.ref.div(correction2.ref);
        if (mean === undefined || square === undefined) throw new Error("Adam has two moments a parameter");
        const decay = 1 - rate * weightDecayOf(network, declared[i]?.shape ?? []);
        return own.mul(decay).sub(mean.div(np.sqrt(square).add(epsilon)).mul(rate));
      });
      return { parameters: next, means: nextMeans, squares: nextSquares, powers: [power1, power2], loss };
    },
  );
  const [x, targets, ...first] = trainingStepTask(workload)
    .inputs()
    .map(({ shape, data }) => np.array(data).reshape([...shape]));
  if (x === undefined || targets === undefined) throw new Error("a training step has a batch and its targets");
  const begin = (): State => ({
    parameters: first.map((own) => own.ref),
    means: first.map((own) => np.zeros(own.shape)),
    squares: first.map((own) => np.zeros(own.shape)),
    powers: [np.array(1), np.array(1)],
  });
  const release = (state: State): void => {
    for (const own of Object.values(state).flat()) own.dispose();
  };
  let state = begin();
  /** Takes the state and leaves the next. */
  const advance = (): JaxArray => {
    const { loss, ...next } = step(state.parameters, state.means, state.squares, state.powers, x.ref, targets.ref);
    state = next;
    return loss;
  };
  return {
    run: async () => {
      const loss = advance();
      await loss.blockUntilReady();
      loss.dispose();
    },
    output: async () => {
      release(state);
      state = begin();
      const losses = new Float32Array(checkedLosses);
      for (let i = 0; i < checkedLosses; i++) losses[i] = (await advance().data())[0] ?? Number.NaN;
      return losses;
    },
    dispose: () => {
      release(state);
      for (const own of [x, targets, ...first]) own.dispose();
      step.dispose();
    },
  };
};
