// The plain meaning of resizing: for each place of the result, the pixels along an axis and what each counts.

import type { Reference } from "../contract/reference.ts";
import { sizeOf } from "../contract/tensor-type.ts";
import { imageType, outputType } from "./resize.ts";
import {
  type PlaceRule,
  placeRule,
  type ResizeAttributes,
  type ResizeGradientAttributes,
  type ResizeRule,
  type ResizeShape,
  resizeGradientShape,
  resizeShape,
} from "./shape.ts";

type Share = readonly [pixel: number, weight: number];

const sharesAt = (o: number, size: number, rule: PlaceRule, { mode, rounding }: ResizeRule): Share[] => {
  const place = (o * rule.scale + rule.shift) / rule.divisor;
  const last = size - 1;
  if (mode === "nearest") {
    // Twice the place is exact where a tie is: halves are.
    const nearest = rounding === "floor" ? Math.floor(place) : Math.ceil(place - 0.5);
    return [[Math.min(Math.max(nearest, 0), last), 1]];
  }
  const held = Math.min(Math.max(place, 0), last);
  const first = Math.floor(held);
  return [
    [first, 1 - (held - first)],
    [Math.min(first + 1, last), held - first],
  ];
};

/** Calls `visit` with the flat indices of each pixel and result that meet, and what the pixel counts in it. */
export const walkResize = (
  shape: ResizeShape,
  rule: ResizeRule,
  visit: (pixel: number, result: number, weight: number) => void,
): void => {
  const { planes, height, width, outHeight, outWidth } = shape;
  const down = placeRule(rule, height, outHeight);
  const across = placeRule(rule, width, outWidth);
  for (let plane = 0; plane < planes; plane++)
    for (let oy = 0; oy < outHeight; oy++)
      for (let ox = 0; ox < outWidth; ox++)
        for (const [y, wy] of sharesAt(oy, height, down, rule))
          for (const [x, wx] of sharesAt(ox, width, across, rule))
            visit((plane * height + y) * width + x, (plane * outHeight + oy) * outWidth + ox, wy * wx);
};

export const resizeReference: Reference<ResizeAttributes> = ([image], attributes) => {
  const type = outputType(image?.type, attributes);
  const data = new Float64Array(sizeOf(type.shape));
  walkResize(resizeShape(image?.type, attributes), attributes, (pixel, result, weight) => {
    data[result] = (data[result] ?? 0) + weight * (image?.data[pixel] ?? Number.NaN);
  });
  return [{ type, data }];
};

export const resizeGradientReference: Reference<ResizeGradientAttributes> = ([gradient], attributes) => {
  const type = imageType(gradient?.type, attributes);
  const data = new Float64Array(sizeOf(type.shape));
  walkResize(resizeGradientShape(gradient?.type, attributes), attributes, (pixel, result, weight) => {
    data[pixel] = (data[pixel] ?? 0) + weight * (gradient?.data[result] ?? Number.NaN);
  });
  return [{ type, data }];
};
