// A training step of TensorFlow.js: variables, their gradients, and its own Adam. Weight decay is not among its optimizers:
// the variables lose their share between gradient and update.
import type { Prepared } from "../participant.ts";
import { adamSettings, applyNetwork, weightDecayOf } from "../workloads/network-functions.ts";
import { namedParameters, parametersOf } from "../workloads/networks.ts";
import { checkedLosses, type TrainingStep, trainingStepTask } from "../workloads/training-step.ts";
import type { Tensor, TensorFlow } from "./tfjs-calls.ts";
import { registerFilterGradient } from "./tfjs-filter-gradient.ts";
import { tfjsLayout, tfjsOperations } from "./tfjs-networks.ts";

export const prepareTfjsTraining = (tf: TensorFlow, workload: TrainingStep): Prepared => {
  registerFilterGradient(tf);
  const { network } = workload;
  const declared = parametersOf(network);
  const [batch, targets, ...first] = trainingStepTask(workload)
    .inputs()
    .map(({ shape, data }) => tf.tensor(data, [...shape]));
  if (batch === undefined || targets === undefined) throw new Error("a training step has a batch and its targets");
  const x = tfjsLayout(tf, network, undefined, batch);
  const labels = tf.tidy(() => targets.reshape([-1, targets.shape.at(-1) ?? 0]));
  const biases = new Map<number, Tensor>();
  const operations = tfjsOperations(tf, biases);
  const { rate, beta1, beta2, epsilon } = adamSettings;
  const begin = () => {
    const variables = first.map((value, i) => tf.variable(tfjsLayout(tf, network, declared[i], value)));
    const optimizer = tf.train.adam(rate, beta1, beta2, epsilon);
    const parameter = namedParameters<Tensor>(declared, variables);
    const loss = (): import("@tensorflow/tfjs").Scalar => {
      const logits = applyNetwork(operations, network, parameter, x).reshape(labels.shape);
      return tf.losses.softmaxCrossEntropy(labels, logits).asScalar();
    };
    return {
      advance: () => {
        const { value, grads } = tf.variableGrads(loss, variables);
        variables.forEach((own, i) => {
          const decay = weightDecayOf(network, declared[i]?.shape ?? []);
          if (decay > 0) own.assign(own.mul(1 - rate * decay));
        });
        optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })));
        return value;
      },
      dispose: () => {
        optimizer.dispose();
        tf.dispose(variables);
      },
    };
  };
  let training = begin();
  return {
    run: () => {
      tf.tidy(() => {
        training.advance();
      });
    },
    output: async () => {
      training.dispose();
      training = begin();
      const losses = new Float32Array(checkedLosses);
      for (let i = 0; i < checkedLosses; i++) {
        const loss = tf.tidy(() => training.advance());
        losses[i] = (await loss.data())[0] ?? Number.NaN;
        loss.dispose();
      }
      return losses;
    },
    dispose: () => {
      training.dispose();
      tf.dispose([batch, targets, ...first, x, labels, ...biases.values()]);
    },
  };
};
