// Work over images: convolution and both of its gradients, pooling, resizing. Images are [batch, channels, size, size], weights
// [outputs, channels / groups, window, window]; a participant whose layout is another turns them before its time counts.

import { closely, input, sizeOf, type Task } from "./task.ts";

/** Convolution, padded by half its window on each side; `pass` says which of its three sides is wanted. */
export interface Convolution {
  readonly kind: "convolution";
  readonly pass: "forward" | "image gradient" | "weight gradient";
  readonly batch: number;
  readonly channels: number;
  readonly size: number;
  readonly outputs: number;
  readonly window: number;
  readonly stride: number;
  readonly groups: number;
}

/** Largest or mean of each window, padded by half of it (rounded down); means are of the pixels inside. */
export interface Pool {
  readonly kind: "pool";
  readonly function: "maximum" | "average";
  readonly pass: "forward" | "gradient";
  readonly batch: number;
  readonly channels: number;
  readonly size: number;
  readonly window: number;
  readonly stride: number;
}

/** Bilinear, between the centres of pixels. */
export interface Resize {
  readonly kind: "resize";
  readonly batch: number;
  readonly channels: number;
  readonly size: number;
  readonly to: number;
}

export type Images = Convolution | Pool | Resize;

export const isImages = <T extends { readonly kind: string }>(workload: T): workload is T & Images =>
  ["convolution", "pool", "resize"].includes(workload.kind);

/** Places added on each side. */
export const paddingOf = ({ kind, window }: Convolution | Pool): number =>
  Math.floor((kind === "pool" ? window - 1 : window) / 2);

/** Height and width of what a window gives. */
export const placesOf = (workload: Convolution | Pool): number =>
  Math.floor((workload.size + 2 * paddingOf(workload) - workload.window) / workload.stride) + 1;

const imageShape = ({ batch, channels, size }: Images): number[] => [batch, channels, size, size];
const weightShape = ({ outputs, channels, groups, window }: Convolution): number[] => [
  outputs,
  channels / groups,
  window,
  window,
];
const resultShape = (workload: Convolution | Pool): number[] => {
  const places = placesOf(workload);
  return [workload.batch, workload.kind === "pool" ? workload.channels : workload.outputs, places, places];
};

/** Shapes of the inputs, and of the result behind them. */
export const imageShapesOf = (
  workload: Images,
): { readonly inputs: readonly number[][]; readonly result: number[] } => {
  const image = imageShape(workload);
  if (workload.kind === "resize") return { inputs: [image], result: [...image.slice(0, 2), workload.to, workload.to] };
  const result = resultShape(workload);
  // A gradient of pooling wants the image too: where its largest elements are.
  if (workload.kind === "pool")
    return workload.pass === "forward" ? { inputs: [image], result } : { inputs: [result, image], result: image };
  const weights = weightShape(workload);
  if (workload.pass === "forward") return { inputs: [image, weights], result };
  return workload.pass === "image gradient"
    ? { inputs: [result, weights], result: image }
    : { inputs: [image, result], result: weights };
};

/** Multiply-adds of a convolution, padding counted as pixels. */
export const multiplyAddsOf = (workload: Convolution): number => {
  const { batch, outputs, channels, groups, window } = workload;
  return batch * outputs * (channels / groups) * window ** 2 * placesOf(workload) ** 2;
};

/** Terms of the longest sum behind one element. */
const termsOf = (workload: Convolution): number => {
  const { pass, batch, channels, outputs, groups, window } = workload;
  if (pass === "weight gradient") return batch * placesOf(workload) ** 2;
  return ((pass === "forward" ? channels : outputs) / groups) * window ** 2;
};

type Windowed = Convolution | Pool;

const at = (data: ArrayLike<number>, index: number): number => data[index] ?? Number.NaN;

/** Pixel of a place by a tap along an axis, or -1 in the padding. */
const pixelOf = (workload: Windowed, place: number, tap: number): number => {
  const pixel = place * workload.stride + tap - paddingOf(workload);
  return pixel < workload.size ? pixel : -1;
};

/** Place of a pixel by a tap along an axis, or -1 where there is none. */
const placeOf = (workload: Windowed, pixel: number, tap: number): number => {
  const place = (pixel + paddingOf(workload) - tap) / workload.stride;
  return Number.isInteger(place) && place < placesOf(workload) ? place : -1;
};

/** Flat index in [planes, side, side], or -1 beside it. */
const flat = (plane: number, side: number, y: number, x: number): number =>
  y < 0 || x < 0 ? -1 : (plane * side + y) * side + x;

/** Calls `visit` for each place or tap of a square. */
const walk = (side: number, visit: (y: number, x: number) => void): void => {
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) visit(y, x);
};

type Element = (x: ArrayLike<number>, y: ArrayLike<number>, index: number) => number;

const convolution =
  (workload: Convolution): Element =>
  (x, y, index) => {
    const { batch, channels, outputs, groups, window, size, pass } = workload;
    const [own, ownOutputs, places] = [channels / groups, outputs / groups, placesOf(workload)];
    let sum = 0;
    const add = (i: number, j: number): void => {
      if (i >= 0) sum += at(x, i) * at(y, j);
    };
    if (pass === "weight gradient") {
      const [tap, pair] = [index % window ** 2, Math.floor(index / window ** 2)];
      const output = Math.floor(pair / own);
      const channel = Math.floor(output / ownOutputs) * own + (pair % own);
      for (let n = 0; n < batch; n++)
        walk(places, (oy, ox) => {
          const py = pixelOf(workload, oy, Math.floor(tap / window));
          const px = pixelOf(workload, ox, tap % window);
          add(flat(n * channels + channel, size, py, px), flat(n * outputs + output, places, oy, ox));
        });
      return sum;
    }
    const side = pass === "forward" ? places : size;
    const [plane, row, column] = [Math.floor(index / side ** 2), Math.floor(index / side) % side, index % side];
    if (pass === "forward") {
      const [n, output] = [Math.floor(plane / outputs), plane % outputs];
      const first = n * channels + Math.floor(output / ownOutputs) * own;
      for (let i = 0; i < own; i++)
        walk(window, (ky, kx) => {
          const from = flat(first + i, size, pixelOf(workload, row, ky), pixelOf(workload, column, kx));
          add(from, flat(output * own + i, window, ky, kx));
        });
      return sum;
    }
    const [n, channel] = [Math.floor(plane / channels), plane % channels];
    const first = Math.floor(channel / own) * ownOutputs;
    for (let i = first; i < first + ownOutputs; i++)
      walk(window, (ky, kx) => {
        const from = flat(n * outputs + i, places, placeOf(workload, row, ky), placeOf(workload, column, kx));
        add(from, flat(i * own + (channel % own), window, ky, kx));
      });
    return sum;
  };

/** Flat indices of the pixels in a window. */
const pixelsOf = (workload: Pool, plane: number, oy: number, ox: number): number[] => {
  const pixels: number[] = [];
  walk(workload.window, (ky, kx) => {
    const pixel = flat(plane, workload.size, pixelOf(workload, oy, ky), pixelOf(workload, ox, kx));
    if (pixel >= 0) pixels.push(pixel);
  });
  return pixels;
};

const pool = (workload: Pool): Element => {
  const { function: kind, size, pass } = workload;
  const places = placesOf(workload);
  if (pass === "forward")
    return (x, _, index) => {
      const row = Math.floor(index / places);
      const values = pixelsOf(workload, Math.floor(row / places), row % places, index % places).map((i) => at(x, i));
      return kind === "maximum" ? Math.max(...values) : values.reduce((sum, value) => sum + value, 0) / values.length;
    };
  return (gradient, image, index) => {
    const plane = Math.floor(index / size ** 2);
    let sum = 0;
    walk(places, (oy, ox) => {
      const pixels = pixelsOf(workload, plane, oy, ox);
      if (!pixels.includes(index)) return;
      const share = at(gradient, flat(plane, places, oy, ox));
      if (kind === "average") sum += share / pixels.length;
      else if (pixels.every((pixel) => at(image, pixel) <= at(image, index))) sum += share;
    });
    return sum;
  };
};

const resize =
  ({ size, to }: Resize): Element =>
  (x, _, index) => {
    const neighbours = (o: number): [number, number, number] => {
      const place = Math.min(Math.max(((o + 0.5) * size) / to - 0.5, 0), size - 1);
      const first = Math.floor(place);
      return [first, Math.min(first + 1, size - 1), place - first];
    };
    const plane = Math.floor(index / to ** 2);
    const [top, bottom, down] = neighbours(Math.floor(index / to) % to);
    const [left, right, across] = neighbours(index % to);
    const row = (y: number): number =>
      at(x, flat(plane, size, y, left)) * (1 - across) + at(x, flat(plane, size, y, right)) * across;
    return row(top) * (1 - down) + row(bottom) * down;
  };

const elementOf = (workload: Images): Element => {
  switch (workload.kind) {
    case "convolution":
      return convolution(workload);
    case "pool":
      return pool(workload);
    case "resize":
      return resize(workload);
  }
};

export const imagesTask = (workload: Images): Task => {
  const { inputs, result } = imageShapesOf(workload);
  const bytes = 4 * [...inputs, result].reduce((sum, shape) => sum + sizeOf(shape), 0);
  const isConvolution = workload.kind === "convolution";
  return {
    measure: isConvolution
      ? { unit: "GFLOP/s", amount: 2 * multiplyAddsOf(workload), roof: "multiply-add", bytes }
      : { unit: "GB/s", amount: bytes, roof: "copy", bytes },
    inputs: () => inputs.map((shape, i) => input(shape, [11, 23][i] ?? 0)),
    outputShape: result,
    expected: ([x, y]) => {
      const element = elementOf(workload);
      return (index) => element(x?.data ?? [], y?.data ?? [], index);
    },
    tolerance: isConvolution ? { relative: 1e-4, absolute: 1e-5 * Math.sqrt(termsOf(workload)) } : closely,
  };
};
