// Convolutions at the layers of ResNet-50 (He and others, 2016) and MobileNet (Howard and others, 2017), their gradients at a
// batch of training, and what stands between them: pooling and resizing.
import type { Convolution, Pool } from "../workloads/images.ts";
import type { BenchmarkCase, Suite } from "./suite.ts";

type Layer = Partial<Pick<Convolution, "batch" | "stride" | "groups" | "pass">>;

const layer = (size: number, channels: number, outputs: number, window: number, options: Layer = {}): BenchmarkCase => {
  const workload = { batch: 1, stride: 1, groups: 1, pass: "forward", ...options } as const;
  const { batch, stride, groups, pass } = workload;
  const words = [
    groups > 1 ? "depthwise" : "",
    `${window} x ${window}`,
    stride > 1 ? `/ ${stride}` : "",
    `${batch > 1 ? `${batch} x ` : ""}${size} x ${size} x ${channels}${groups > 1 ? "" : ` to ${outputs}`}`,
    pass === "forward" ? "" : pass,
  ];
  return {
    name: words.filter((word) => word !== "").join(" "),
    workload: { kind: "convolution", size, channels, outputs, window, ...workload },
  };
};

const depthwise = (size: number, channels: number, options: Layer = {}): BenchmarkCase =>
  layer(size, channels, channels, 3, { ...options, groups: channels });

const pool = (
  kind: Pool["function"],
  window: number,
  stride: number,
  pass: Pool["pass"] = "forward",
): BenchmarkCase => ({
  name: `${kind} of ${window} x ${window} / ${stride}, 112 x 112 x 64${pass === "forward" ? "" : " gradient"}`,
  workload: { kind: "pool", function: kind, batch: 1, channels: 64, size: 112, window, stride, pass },
});

const resize = (size: number, to: number, channels: number): BenchmarkCase => ({
  name: `bilinear ${size} to ${to}, ${channels} channels`,
  workload: { kind: "resize", batch: 1, channels, size, to },
});

/** Layers of a small network in training: all three sides. */
const training = [
  [16, 14, 16, 32, 3, {}],
  [32, 28, 32, 64, 3, {}],
  [8, 28, 128, 128, 3, {}],
  [8, 56, 64, 128, 3, { stride: 2 }],
  [8, 14, 256, 512, 1, {}],
] as const;

export const convolutionSuite: Suite = {
  name: "conv",
  about: "f32 convolutions against the multiply-add roof; pooling and resizing against a copy of as many bytes",
  cases: [
    layer(224, 3, 64, 7, { stride: 2 }),
    layer(56, 64, 64, 3),
    layer(28, 128, 128, 3),
    layer(14, 256, 256, 3),
    layer(7, 512, 512, 3),
    layer(56, 128, 128, 3, { stride: 2 }),
    layer(56, 64, 256, 1),
    layer(56, 256, 64, 1),
    layer(28, 512, 128, 1),
    layer(14, 1024, 256, 1),
    layer(7, 512, 2048, 1),
    layer(56, 256, 512, 1, { stride: 2 }),
    ...[
      [112, 32],
      [56, 128],
      [28, 256],
      [14, 512],
      [7, 1024],
    ].map(([size = 0, channels = 0]) => depthwise(size, channels)),
    ...[
      [112, 64],
      [56, 128],
      [28, 256],
      [14, 512],
    ].map(([size = 0, channels = 0]) => depthwise(size, channels, { stride: 2 })),
    layer(112, 32, 64, 1),
    layer(14, 512, 512, 1),
    ...(["forward", "image gradient", "weight gradient"] as const).flatMap((pass) => [
      ...training.map(([batch, size, channels, outputs, window, options]) =>
        layer(size, channels, outputs, window, { batch, ...options, pass }),
      ),
      depthwise(28, 256, { batch: 8, pass }),
      depthwise(56, 128, { batch: 8, stride: 2, pass }),
    ]),
    pool("maximum", 3, 2),
    pool("maximum", 2, 2),
    pool("average", 2, 2),
    pool("average", 3, 1),
    pool("maximum", 2, 2, "gradient"),
    pool("average", 2, 2, "gradient"),
    resize(128, 256, 16),
    resize(224, 112, 3),
    resize(14, 28, 256),
  ],
};
