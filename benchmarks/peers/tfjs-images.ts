// Work over images for TensorFlow.js, whose images are [batch, height, width, channels] and weights [height, width, channels,
// outputs]: inputs are turned before its time counts. Its WASM backend has no kernel for the gradient of weights; where groups
// allow, the figure is of the shortest way there: a convolution of turned operands, with the stride as its dilation.
import { type Convolution, type Images, imagesTask, type Pool, paddingOf, placesOf } from "../workloads/images.ts";

import type { Tensor, TensorFlow, TensorFlowCall } from "./tfjs-calls.ts";

type Tensor4D = import("@tensorflow/tfjs").Tensor4D;

const toImage = [0, 2, 3, 1];
const fromImage = [0, 3, 1, 2];
const toWeights = [2, 3, 1, 0];
const fromWeights = [3, 2, 0, 1];
/** Depthwise weights are [height, width, channels, 1]. */
const toDepthwise = [2, 3, 0, 1];

/** How the inputs and the result are turned, and the call between. */
interface ImageCall {
  readonly turns: readonly number[][];
  readonly back: readonly number[];
  readonly call: (x: Tensor4D, y: Tensor4D) => Tensor;
}

const convolution = (tf: TensorFlow, workload: Convolution): ImageCall | undefined => {
  const { batch, channels, size, window, stride, groups, pass } = workload;
  const padding = paddingOf(workload);
  if (groups > 1) {
    if (groups !== channels || workload.outputs !== channels || pass !== "forward") return undefined;
    return {
      turns: [toImage, toDepthwise],
      back: fromImage,
      call: (x, w) => tf.depthwiseConv2d(x, w, stride, padding, "NHWC", 1, "floor"),
    };
  }
  if (pass === "forward")
    return {
      turns: [toImage, toWeights],
      back: fromImage,
      call: (x, w) => tf.conv2d(x, w, stride, padding, "NHWC", 1, "floor"),
    };
  if (pass === "image gradient")
    return {
      turns: [toImage, toWeights],
      back: fromImage,
      call: (g, w) => tf.conv2dTranspose(g, w, [batch, size, size, channels], stride, padding, "floor"),
    };
  const taps = size + 2 * padding - (placesOf(workload) - 1) * stride;
  return {
    turns: [toImage, toImage],
    back: fromWeights,
    call: (x, g) => {
      const images = tf.transpose(x, [3, 1, 2, 0]);
      const sums = tf.conv2d(images, tf.transpose(g, [1, 2, 0, 3]), 1, padding, "NHWC", stride, "floor");
      const kept = taps === window ? sums : tf.slice(sums, [0, 0, 0, 0], [-1, window, window, -1]);
      return tf.transpose(kept, [1, 2, 0, 3]);
    },
  };
};

const pool = (tf: TensorFlow, workload: Pool): ImageCall => {
  const { function: kind, window, stride, pass } = workload;
  const padding = paddingOf(workload);
  const isMaximum = kind === "maximum";
  const forward = (x: Tensor4D): Tensor =>
    isMaximum ? tf.maxPool(x, window, stride, padding, "floor") : tf.avgPool(x, window, stride, padding, "floor");
  if (pass === "forward") return { turns: [toImage], back: fromImage, call: forward };
  const attributes = { filterSize: window, strides: stride, pad: padding, dimRoundingMode: "floor" };
  return {
    turns: [toImage, toImage],
    back: fromImage,
    call: (dy, input) =>
      isMaximum
        ? tf.engine().runKernel("MaxPoolGrad", { dy, input, output: input }, attributes)
        : tf.engine().runKernel("AvgPoolGrad", { dy, input }, attributes),
  };
};

const callOf = (tf: TensorFlow, workload: Images): ImageCall | undefined => {
  switch (workload.kind) {
    case "convolution":
      return convolution(tf, workload);
    case "pool":
      return pool(tf, workload);
    case "resize":
      return {
        turns: [toImage],
        back: fromImage,
        call: (x) => tf.image.resizeBilinear(x, [workload.to, workload.to], false, true),
      };
  }
};

/** The call on inputs that are turned; `restore` turns its result back. Undefined where tfjs has no way to do it. */
export const tfjsImageCallOf = (tf: TensorFlow, workload: Images): TensorFlowCall | undefined => {
  const built = callOf(tf, workload);
  if (built === undefined) return undefined;
  const { turns, back, call } = built;
  const inputs = imagesTask(workload)
    .inputs()
    .map(({ shape: [a = 1, b = 1, c = 1, d = 1], data }, i) =>
      tf.tidy(() => tf.transpose(tf.tensor4d(data, [a, b, c, d]), turns[i])),
    );
  const [x, y] = inputs;
  if (x === undefined) return undefined;
  return { inputs, call: () => call(x, y ?? x), restore: (result) => tf.transpose(result, [...back]) };
};
