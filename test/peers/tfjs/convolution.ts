// Convolutions in tfjs's layouts (channels last, filters height by width by inputs by outputs) by Millrace's (channels first).
import {
  averagePool2d,
  batchNorm,
  conv2d,
  convTranspose2d,
  elu,
  leakyRelu,
  maxPool2d,
  resize,
  type Tensor,
} from "@millrace/core";
import type { Call } from "./call.ts";

type Sides = { top: number; bottom: number; left: number; right: number };

const pairOf = (call: Call, name: string): [number, number] => {
  if (call.attribute(name) === undefined || call.attribute(name) === null) return [1, 1];
  const [down = 1, across = down] = call.numbers(name);
  return [down, across];
};

/** Millrace's padding for tfjs's. */
export const paddingOf = (call: Call, channelsLast = true): "same" | Sides => {
  const pad = call.attribute("pad");
  if (pad === "same") return "same";
  if (pad === "valid") return { top: 0, bottom: 0, left: 0, right: 0 };
  if (typeof pad === "number") return { top: pad, bottom: pad, left: pad, right: pad };
  if (!Array.isArray(pad)) throw new Error(`padding ${String(pad)}`);
  const [[top, bottom], [left, right]] = channelsLast ? [pad[1], pad[2]] : [pad[2], pad[3]];
  return { top, bottom, left, right };
};

/** Runs a function of channels-first images on images in the call's layout. */
export const channelsFirst = (call: Call, x: Tensor, fn: (x: Tensor) => Tensor): Tensor =>
  call.attribute("dataFormat") === "NCHW" ? fn(x) : fn(x.transpose([0, 3, 1, 2])).transpose([0, 2, 3, 1]);

const windowOf = (call: Call) => ({
  stride: pairOf(call, "strides"),
  dilation: pairOf(call, "dilations"),
  padding: paddingOf(call, call.attribute("dataFormat") !== "NCHW"),
});

/** Windows as Millrace has them. @throws for tfjs's rounding up or to the nearest, which Millrace has not */
const poolOf = (call: Call) => {
  const rounding = call.attribute("dimRoundingMode");
  if (rounding === "ceil" || rounding === "round") throw new Error(`Millrace does not round sizes by ${rounding}`);
  return { stride: pairOf(call, "strides"), padding: paddingOf(call) };
};

/** One value a channel, wherever the channels are. */
const alongChannels = (call: Call, values: Tensor): Tensor =>
  values.rank === 1 && call.attribute("dataFormat") === "NCHW" ? values.reshape([values.size, 1, 1]) : values;

/** The activation that tfjs fuses behind a product. */
const activate = (call: Call, x: Tensor): Tensor => {
  const name = call.attribute("activation") ?? "linear";
  const weights = call.optional("preluActivationWeights");
  if (name === "linear") return x;
  if (name === "relu") return x.relu();
  if (name === "relu6") return x.maximum(0).minimum(6);
  if (name === "elu") return elu(x);
  if (name === "sigmoid") return x.sigmoid();
  if (name === "leakyrelu") return leakyRelu(x, call.number("leakyreluAlpha", 0.2));
  if (name === "prelu" && weights) return x.greater(0).where(x, x.multiply(alongChannels(call, weights)));
  throw new Error(`activation ${String(name)}`);
};

/** Bias, then activation. */
export const finish = (call: Call, product: Tensor): Tensor => {
  const bias = call.optional("bias");
  return activate(call, bias ? product.add(alongChannels(call, bias)) : product);
};

const convolve = (call: Call): Tensor =>
  channelsFirst(call, call.input("x"), (x) => conv2d(x, call.input("filter").transpose([3, 2, 0, 1]), windowOf(call)));

const convolveDepthwise = (call: Call): Tensor => {
  const filter = call.input("filter");
  const [height = 0, width = 0, channels = 0, multiplier = 0] = filter.shape;
  const weights = filter.transpose([2, 3, 0, 1]).reshape([channels * multiplier, 1, height, width]);
  return channelsFirst(call, call.input("x"), (x) => conv2d(x, weights, { ...windowOf(call), groups: channels }));
};

const resizeBy =
  (mode: "nearest" | "bilinear") =>
  (call: Call): Tensor => {
    const [height = 0, width = 0] = call.numbers("size");
    const corners = call.flag("alignCorners");
    const coordinates = corners ? "alignCorners" : call.flag("halfPixelCenters") ? "halfPixel" : "asymmetric";
    const rounding = coordinates === "asymmetric" ? "floor" : "preferFloor";
    return channelsFirst(call, call.input("images").to("f32"), (x) =>
      resize(x, [height, width], { mode, coordinates, rounding }),
    );
  };

export const convolutionKernels = {
  ResizeBilinear: resizeBy("bilinear"),
  ResizeNearestNeighbor: resizeBy("nearest"),
  MaxPool: (call: Call): Tensor =>
    channelsFirst(call, call.input("x"), (x) => maxPool2d(x, pairOf(call, "filterSize"), poolOf(call))),
  AvgPool: (call: Call): Tensor =>
    channelsFirst(call, call.input("x").to("f32"), (x) =>
      averagePool2d(x, pairOf(call, "filterSize"), { ...poolOf(call), countPadding: false }),
    ),
  FusedBatchNorm: (call: Call): Tensor => {
    const [scale, shift] = [call.optional("scale"), call.optional("offset")];
    return channelsFirst(call, call.input("x"), (x) =>
      batchNorm(
        x,
        { mean: call.input("mean"), variance: call.input("variance") },
        { scale, shift, epsilon: call.number("varianceEpsilon") },
      ),
    );
  },
  FusedConv2D: (call: Call): Tensor => finish(call, convolve(call)),
  FusedDepthwiseConv2D: (call: Call): Tensor => finish(call, convolveDepthwise(call)),
  Conv2D: convolve,
  DepthwiseConv2dNative: convolveDepthwise,
  /** What tfjs's conv2dTranspose is made of: the shape of the result is given, the padding follows from it. */
  Conv2DBackpropInput: (call: Call): Tensor => {
    const filter = call.input("filter");
    const [, height = 0, width = 0] = call.numbers("inputShape");
    const stride = pairOf(call, "strides");
    const cut = paddingOf(call);
    return channelsFirst(call, call.input("dy"), (dy) => {
      const along = (axis: number, size: number, sides: readonly [number, number]) => {
        const full = ((dy.shape[axis + 2] ?? 0) - 1) * (stride[axis] ?? 1) + (filter.shape[axis] ?? 1);
        if (cut !== "same") return { before: sides[0], after: sides[1], added: size - (full - sides[0] - sides[1]) };
        const total = Math.max(0, full - size);
        return { before: Math.floor(total / 2), after: Math.ceil(total / 2), added: Math.max(0, size - full) };
      };
      const vertical = along(0, height, cut === "same" ? [0, 0] : [cut.top, cut.bottom]);
      const horizontal = along(1, width, cut === "same" ? [0, 0] : [cut.left, cut.right]);
      return convTranspose2d(dy, filter.transpose([3, 2, 0, 1]), {
        stride,
        padding: {
          top: vertical.before,
          bottom: vertical.after,
          left: horizontal.before,
          right: horizontal.after,
        },
        outputPadding: [vertical.added, horizontal.added],
      });
    });
  },
};
