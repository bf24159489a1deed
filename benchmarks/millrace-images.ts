// Work over images on our own side, as an app would write it.
import { averagePool2d, conv2d, convTranspose2d, grad, maxPool2d, resize, type Tensor, zeros } from "@millrace/core";
import { type Convolution, type Images, type Pool, paddingOf, placesOf } from "./workloads/images.ts";

type Call = (inputs: readonly Tensor[]) => Tensor;

const on =
  (f: (x: Tensor, y: Tensor) => Tensor): Call =>
  ([x, y]) => {
    if (x === undefined) throw new Error("work over images has an input");
    return f(x, y ?? x);
  };

const convolution = (workload: Convolution): Call => {
  const { stride, size, channels, groups, window, outputs, pass } = workload;
  const padding = paddingOf(workload);
  if (pass === "forward") return on((x, weights) => conv2d(x, weights, { stride, padding, groups }));
  if (pass === "image gradient") {
    const reached = (placesOf(workload) - 1) * stride + window - 2 * padding;
    return on((x, weights) => convTranspose2d(x, weights, { stride, padding, groups, outputPadding: size - reached }));
  }
  return ([x, gradient]) => {
    if (x === undefined || gradient === undefined) throw new Error("a gradient of weights has two inputs");
    // The weights themselves have no part in their gradient.
    const weights = zeros([outputs, channels / groups, window, window]);
    return grad((w: Tensor) => conv2d(x, w, { stride, padding, groups }).multiply(gradient).sum())(weights);
  };
};

const pool = (workload: Pool): Call => {
  const { function: kind, window, stride, pass } = workload;
  const padding = paddingOf(workload);
  const forward = (x: Tensor): Tensor =>
    kind === "maximum"
      ? maxPool2d(x, window, { stride, padding })
      : averagePool2d(x, window, { stride, padding, countPadding: false });
  if (pass === "forward") return on(forward);
  return on((gradient, image) => grad((x: Tensor) => forward(x).multiply(gradient).sum())(image));
};

/** The function that is compiled. */
export const imageFunctionOf = (workload: Images): Call => {
  switch (workload.kind) {
    case "convolution":
      return convolution(workload);
    case "pool":
      return pool(workload);
    case "resize":
      return on((x) => resize(x, [workload.to, workload.to], { mode: "bilinear" }));
  }
};
