// How far a device may be from each element-wise function's reference: half an ulp unless it is listed. Bounds are the worst
// of the devices: WGSL division is 2.5 ULP and its exp and log are wider than WASM's polynomials.
import { type Tolerance, ulps, within } from "../contract/tolerance.ts";

const bounds: Readonly<Record<string, Tolerance>> = {
  divide: ulps(3),
  power: { relative: 4e-6, absolute: 1e-37 },
  sqrt: ulps(3),
  exp: { relative: 1e-6, absolute: 1e-37 },
  log: { relative: 5e-7, absolute: 2.5e-7 },
  sin: { relative: 0, absolute: 1e-6 },
  cos: { relative: 0, absolute: 1e-6 },
  tanh: { relative: 2e-6, absolute: 1e-7 },
  sigmoid: { relative: 2e-6, absolute: 1e-37 },
  erf: { relative: 2e-6, absolute: 1e-37 },
  expm1: { relative: 1e-6, absolute: 1e-37 },
  log1p: { relative: 1e-6, absolute: 1e-37 },
  atan: { relative: 1e-6, absolute: 1e-37 },
  atan2: { relative: 2e-6, absolute: 1e-37 },
  toF16: within(0, 0),
};

/** The bound of the function of that name. */
export const scalarTolerance = (name: string): Tolerance => bounds[name] ?? ulps(0.5);
