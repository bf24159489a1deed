// Fourier transforms on WebGPU: one launch a pass, a thread a butterfly. Turns are computed where they are used, from
// whole numbers, so that they are right to f32 at every length.
import { entry, gridOfThreads, storage } from "../contract/dispatch.wgsl.ts";
import type { BufferReference, KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import { type FftAttributes, fftShape } from "./shape.ts";

/** exp(-2 pi i k / size) by polynomials on an eighth of a turn; WGSL's own sine may be off by 2^-11. */
const turnFunction = `fn turnOf(k: u32, size: u32) -> vec2f {
  let octant = (8u * k) / size;
  let rest = 8u * k - octant * size;
  let angle = f32(select(rest, size - rest, (octant & 1u) == 1u)) / f32(size) * 0.785398163397;
  let z = angle * angle;
  let sine = ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * angle + angle;
  let cosine = ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * z * z - z * 0.5 + 1.0;
  // Octants 1, 2, 5, 6 lie nearer to the imaginary axis.
  var turn = select(vec2f(cosine, sine), vec2f(sine, cosine), ((octant + 1u) & 2u) != 0u);
  if (octant >= 2u && octant < 6u) { turn.x = -turn.x; }
  if (octant >= 4u) { turn.y = -turn.y; }
  return vec2f(turn.x, -turn.y);
}
fn product(a: vec2f, b: vec2f) -> vec2f { return vec2f(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x); }`;

/** exp(-pi i k^2 / length); the square is reduced bit by bit, since 32 bits do not hold it. */
const chirpFunction = (conjugate: boolean): string => `fn chirpOf(k: u32, length: u32) -> vec2f {
  let modulus = 2u * length;
  var square = 0u;
  var term = k;
  for (var left = k; left > 0u; left >>= 1u) {
    if ((left & 1u) == 1u) { square = (square + term) % modulus; }
    term = (2u * term) % modulus;
  }
  let turn = turnOf(square, modulus);
  return ${conjugate ? "vec2f(turn.x, -turn.y)" : "turn"};
}`;

const launch = (
  bindings: readonly { readonly name: string; readonly reference: BufferReference }[],
  functions: string,
  body: string,
  threads: number,
  parameters: readonly number[],
): WebGPULaunch => ({
  source: [
    ...bindings.map(({ name }, i) => storage(i, name, "vec2f", i === bindings.length - 1 ? "read_write" : "read")),
    turnFunction,
    functions,
    entry(`if (index >= parameter(0)) { return; }\n${body}`),
  ].join("\n"),
  bindings: bindings.map(({ reference }) => reference),
  workgroups: gridOfThreads(threads),
  parameters: [threads, ...parameters],
});

const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;

/** Parameters: threads, size, stride, scale. Sub-transforms of size / stride, `stride` of them side by side. */
const passOfFour = (inverse: boolean): string => `
let size = parameter(1);
let stride = parameter(2);
let scale = bitcast<f32>(parameter(3));
let base = index / (size / 4u) * size;
let own = index % (size / 4u);
let q = own % stride;
let p = own / stride;
let apart = size / 4u;
let place = base + q + stride * p;
let a = x[place];
let b = x[place + apart];
let c = x[place + 2u * apart];
let d = x[place + 3u * apart];
let sum = a + c;
let difference = a - c;
let other = b + d;
let fall = b - d;
let quarterTurn = vec2f(${inverse ? "fall.y, -fall.x" : "-fall.y, fall.x"});
let to = base + q + 4u * stride * p;
result[to] = (sum + other) * scale;
result[to + stride] = product(difference - quarterTurn, turnAt(p * stride, size)) * scale;
result[to + 2u * stride] = product(sum - other, turnAt(2u * p * stride, size)) * scale;
result[to + 3u * stride] = product(difference + quarterTurn, turnAt(3u * p * stride, size)) * scale;
`;

const passOfTwo = `
let size = parameter(1);
let scale = bitcast<f32>(parameter(3));
let base = index / (size / 2u) * size;
let q = index % (size / 2u);
let a = x[base + q];
let b = x[base + q + size / 2u];
result[base + q] = (a + b) * scale;
result[base + q + size / 2u] = (a - b) * scale;
`;

const turnAt = (inverse: boolean): string =>
  `fn turnAt(k: u32, size: u32) -> vec2f { let turn = turnOf(k, size); return ${inverse ? "vec2f(turn.x, -turn.y)" : "turn"}; }`;

/** Passes over rows of `size` from `source`; \`places\` take the results in turn. Gives the launches and the last place. */
const passes = (
  rows: number,
  size: number,
  inverse: boolean,
  scale: number,
  source: BufferReference,
  places: readonly [BufferReference, BufferReference],
): { launches: WebGPULaunch[]; place: BufferReference } => {
  const launches: WebGPULaunch[] = [];
  let place = source;
  let stride = 1;
  while (stride < size) {
    const radix = size / stride >= 4 ? 4 : 2;
    const to = places[launches.length % 2 === 0 ? 0 : 1];
    const bindings = [
      { name: "x", reference: place },
      { name: "result", reference: to },
    ];
    const last = stride * radix === size;
    launches.push(
      launch(
        bindings,
        radix === 4 ? turnAt(inverse) : "",
        radix === 4 ? passOfFour(inverse) : passOfTwo,
        (rows * size) / radix,
        [size, stride, bitsOf(last ? scale : 1)],
      ),
    );
    place = to;
    stride *= radix;
  }
  return { launches, place };
};

const power = (rows: number, size: number, inverse: boolean): Lowered<WebGPULaunch> => {
  const bindings = [
    { name: "x", reference: { input: 0 } },
    { name: "result", reference: { output: 0 } },
  ];
  if (size === 1) return { launches: [launch(bindings, "", "result[index] = x[index];", rows, [])] };
  const [output, scratch] = [{ output: 0 }, { scratch: 0 }];
  const count = Math.ceil(Math.log2(size) / 2);
  const { launches } = passes(
    rows,
    size,
    inverse,
    inverse ? 1 / size : 1,
    { input: 0 },
    count % 2 === 1 ? [output, scratch] : [scratch, output],
  );
  return { scratch: [8 * rows * size], launches };
};

const bluestein = (rows: number, length: number, size: number, inverse: boolean): Lowered<WebGPULaunch> => {
  const [work, other, filter, spare] = [{ scratch: 0 }, { scratch: 1 }, { scratch: 2 }, { scratch: 3 }];
  const chirp = chirpFunction(inverse);
  const spread = launch(
    [{ name: "result", reference: filter }],
    chirp,
    `let k = min(index, parameter(2) - index);
let chirp = chirpOf(min(k, parameter(1) - 1u), parameter(1));
result[index] = select(vec2f(0.0), vec2f(chirp.x, -chirp.y), k < parameter(1));`,
    size,
    [length, size],
  );
  const transformed = passes(1, size, false, 1 / (size * (inverse ? length : 1)), filter, [spare, filter]);
  const bend = launch(
    [
      { name: "x", reference: { input: 0 } },
      { name: "result", reference: work },
    ],
    chirp,
    `let row = index / parameter(2);
let k = index % parameter(2);
if (k >= parameter(1)) {
  result[index] = vec2f(0.0);
  return;
}
result[index] = product(x[row * parameter(1) + k], chirpOf(k, parameter(1)));`,
    rows * size,
    [length, size],
  );
  const forward = passes(rows, size, false, 1, work, [other, work]);
  const filtered = forward.place === work ? other : work;
  const multiply = launch(
    [
      { name: "x", reference: forward.place },
      { name: "spectrum", reference: transformed.place },
      { name: "result", reference: filtered },
    ],
    "",
    "result[index] = product(x[index], spectrum[index % parameter(1)]);",
    rows * size,
    [size],
  );
  const back = passes(rows, size, true, 1, filtered, [forward.place, filtered]);
  const unbend = launch(
    [
      { name: "x", reference: back.place },
      { name: "result", reference: { output: 0 } },
    ],
    chirp,
    `let row = index / parameter(1);
let k = index % parameter(1);
result[index] = product(x[row * parameter(2) + k], chirpOf(k, parameter(1)));`,
    rows * length,
    [length, size],
  );
  return {
    scratch: [8 * rows * size, 8 * rows * size, 8 * size, 8 * size],
    launches: [spread, ...transformed.launches, bend, ...forward.launches, multiply, ...back.launches, unbend],
  };
};

const lower = ({ inputs: [x], attributes: { inverse } }: KernelContext<FftAttributes>): Lowered<WebGPULaunch> => {
  const { rows, length, size } = fftShape(x);
  if (rows * length === 0) return { launches: [] };
  return length === size ? power(rows, size, inverse) : bluestein(rows, length, size, inverse);
};

export const fftWebGPU: WebGPUKernel<FftAttributes>[] = [{ device: "webgpu", name: "stockham", lower }];
