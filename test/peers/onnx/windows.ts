// ONNX's convolutions, pooling, resizing and channel norms by Millrace's. Both put channels first.
import {
  averagePool2d,
  batchNorm,
  conv2d,
  convTranspose2d,
  globalAveragePool,
  globalMaxPool,
  groupNorm,
  instanceNorm,
  maxPool2d,
  resize,
  type Tensor,
} from "@millrace/core";
import { type Node, Unsupported } from "./node.ts";

/** Sequences go as images of height 1. */
const asImage = (x: Tensor): Tensor => {
  if (x.rank === 4) return x;
  const [a = 0, b = 0, c = 0] = x.shape;
  if (x.rank !== 3) throw new Unsupported("windows over volumes");
  return x.reshape([a, b, 1, c]);
};

const pairOf = (node: Node, name: string): [number, number] => {
  const [first = 1, second] = node.attributes[name] === undefined ? [1, 1] : node.numbers(name);
  return second === undefined ? [1, first] : [first, second];
};

/** SAME_LOWER puts the odd place before; Millrace's "same" puts it behind. */
const windowOf = (node: Node, plane: readonly number[], kernel: readonly number[]) => {
  const stride = pairOf(node, "strides");
  const dilation = pairOf(node, "dilations");
  const pads = node.attributes.pads === undefined ? [] : node.numbers("pads");
  const [top = 0, left = 0, bottom = 0, right = 0] = pads.length === 2 ? [0, pads[0], 0, pads[1]] : pads;
  const automatic = node.text("auto_pad", "NOTSET");
  if (automatic === "NOTSET" || automatic === "VALID")
    return { stride, dilation, padding: { top, left, bottom, right } };
  if (automatic === "SAME_UPPER") return { stride, dilation, padding: "same" as const };
  const total = [0, 1].map((axis) => {
    const [size = 0, step = 1] = [plane[axis], stride[axis]];
    const extent = (dilation[axis] ?? 1) * ((kernel[axis] ?? 1) - 1) + 1;
    return Math.max(0, (Math.ceil(size / step) - 1) * step + extent - size);
  });
  const [vertical = 0, horizontal = 0] = total;
  const padding = {
    top: Math.ceil(vertical / 2),
    bottom: Math.floor(vertical / 2),
    left: Math.ceil(horizontal / 2),
    right: Math.floor(horizontal / 2),
  };
  return { stride, dilation, padding };
};

const settle = (like: Tensor, result: Tensor): Tensor => {
  const [a = 0, b = 0, , d = 0] = result.shape;
  return like.rank === 3 ? result.reshape([a, b, d]) : result;
};

const convolution = (node: Node): Tensor => {
  const [x, weights] = [asImage(node.input(0)), asImage(node.input(1))];
  const bias = node.optional(2);
  const window = windowOf(node, x.shape.slice(2), weights.shape.slice(2));
  return settle(
    node.input(0),
    conv2d(x, weights, { ...window, groups: node.number("group", 1), ...(bias ? { bias } : {}) }),
  );
};

/** Where the result's shape is given, the padding follows from it; an odd place goes behind, or before for SAME_UPPER. */
const paddingFor = (node: Node, x: Tensor, weights: Tensor, added: readonly number[]) => {
  const { stride, dilation, padding } = windowOf(node, [], []);
  const automatic = node.text("auto_pad", "NOTSET");
  const given = node.attributes.output_shape === undefined ? undefined : node.numbers("output_shape").slice(-2);
  const wanted =
    given ?? (automatic.startsWith("SAME") ? stride.map((step, axis) => (x.shape[axis + 2] ?? 0) * step) : undefined);
  if (!wanted) return padding;
  const cut = wanted.map((size, axis) => {
    const extent = (dilation[axis] ?? 1) * ((weights.shape[axis + 2] ?? 1) - 1) + 1;
    const total = (stride[axis] ?? 1) * ((x.shape[axis + 2] ?? 0) - 1) + (added[axis] ?? 0) + extent - size;
    if (total < 0) throw new Unsupported("a result larger than the windows reach");
    const less = Math.floor(total / 2);
    return automatic === "SAME_UPPER" ? [less, total - less] : [total - less, less];
  });
  const [[top = 0, bottom = 0] = [], [left = 0, right = 0] = []] = cut;
  return { top, bottom, left, right };
};

const transposedConvolution = (node: Node): Tensor => {
  const [x, weights] = [asImage(node.input(0)), asImage(node.input(1))];
  const bias = node.optional(2);
  const { stride, dilation } = windowOf(node, [], []);
  const outputPadding =
    node.attributes.output_padding === undefined ? ([0, 0] as const) : pairOf(node, "output_padding");
  const padding = paddingFor(node, x, weights, outputPadding);
  if (padding === "same") throw new Unsupported("padding by name");
  const options = { stride, dilation, padding, outputPadding, groups: node.number("group", 1) };
  return settle(node.input(0), convTranspose2d(x, weights, { ...options, ...(bias ? { bias } : {}) }));
};

const ceilModeOf = (node: Node): boolean => node.number("ceil_mode", 0) === 1;

const maxPool = (node: Node): (Tensor | undefined)[] => {
  const x = asImage(node.input(0));
  const size = pairOf(node, "kernel_shape");
  return [
    settle(
      node.input(0),
      maxPool2d(x, size, { ...windowOf(node, x.shape.slice(2), size), ceilMode: ceilModeOf(node) }),
    ),
    undefined,
  ];
};

const averagePool = (node: Node): Tensor => {
  const x = asImage(node.input(0));
  const size = pairOf(node, "kernel_shape");
  const { stride, padding, dilation } = windowOf(node, x.shape.slice(2), size);
  const countPadding = node.number("count_include_pad", 0) === 1;
  return settle(
    node.input(0),
    averagePool2d(x, size, { stride, padding, dilation, countPadding, ceilMode: ceilModeOf(node) }),
  );
};

const coordinatesByName = {
  half_pixel: "halfPixel",
  align_corners: "alignCorners",
  asymmetric: "asymmetric",
} as const;
const roundings = { round_prefer_floor: "preferFloor", floor: "floor" } as const;
const modes = { nearest: "nearest", linear: "bilinear", cubic: "bicubic" } as const;

const choose = <T>(table: Readonly<Record<string, T>>, name: string): T => {
  const value = Object.entries(table).find(([key]) => key === name)?.[1];
  if (value === undefined) throw new Unsupported(name);
  return value;
};

const resizeImage = (node: Node): Tensor => {
  const x = node.input(0);
  const antialias = node.number("antialias", 0) === 1;
  if (node.number("exclude_outside", 0) === 1) throw new Unsupported("pixels outside that do not count");
  if (node.number("cubic_coeff_a", -0.75) !== -0.75) throw new Unsupported("another cubic");
  if (node.text("keep_aspect_ratio_policy", "stretch") !== "stretch")
    throw new Unsupported("keeping the ratio of sides");
  const mode = choose(modes, node.text("mode", "nearest"));
  const coordinates = choose(coordinatesByName, node.text("coordinate_transformation_mode", "half_pixel"));
  const rounding = choose(roundings, node.text("nearest_mode", "round_prefer_floor"));
  const axes =
    node.attributes.axes === undefined
      ? [...x.shape.keys()]
      : node.numbers("axes").map((axis) => (axis < 0 ? axis + x.rank : axis));
  const scales = node.optional(2) ? node.values(2) : [];
  const sizes = node.optional(3) ? node.values(3) : [];
  const target = x.shape.map((own, axis) => {
    const at = axes.indexOf(axis);
    if (at < 0) return own;
    return sizes[at] ?? Math.floor(own * (scales[at] ?? 1));
  });
  const exact = x.shape.every((own, axis) => {
    const scale = scales[axes.indexOf(axis)];
    return scale === undefined || own * scale === target[axis];
  });
  if (!exact) throw new Unsupported("places by a scale that the sizes do not divide by");
  const [batch, channels, height = 0, width = 0] = target;
  if (batch !== x.shape[0] || channels !== x.shape[1]) throw new Unsupported("resizing of batch or channels");
  return resize(x, [height, width], { mode, coordinates, rounding, antialias });
};

const epsilonOf = (node: Node): number => node.number("epsilon", 1e-5);

export const windowOperators = {
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: (node: Node): Tensor => globalAveragePool(node.input(0)),
  GlobalMaxPool: (node: Node): Tensor => globalMaxPool(node.input(0)),
  Resize: resizeImage,
  BatchNormalization: (node: Node): Tensor => {
    if (node.number("training_mode", 0) === 1) throw new Unsupported("statistics moved by ONNX's share and variance");
    const statistics = { mean: node.input(3), variance: node.input(4) };
    return batchNorm(node.input(0), statistics, {
      scale: node.input(1),
      shift: node.input(2),
      epsilon: epsilonOf(node),
    });
  },
  InstanceNormalization: (node: Node): Tensor =>
    instanceNorm(node.input(0), { scale: node.input(1), shift: node.input(2), epsilon: epsilonOf(node) }),
  GroupNormalization: (node: Node): Tensor =>
    groupNorm(node.input(0), node.number("num_groups", 1), {
      scale: node.input(1),
      shift: node.input(2),
      epsilon: epsilonOf(node),
    }),
};
