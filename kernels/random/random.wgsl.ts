// Threefry-2x32-20 on WebGPU, one thread a block: two elements of bits or uniforms, or one normal.
import { entry, gridOfThreads, storage } from "../contract/dispatch.wgsl.ts";
import type { KernelContext, Lowered, WebGPUKernel, WebGPULaunch } from "../contract/kernel.ts";
import { sizeOf } from "../contract/tensor-type.ts";
import { rareFunctions } from "../map/rare.wgsl.ts";
import { calledFunctions, elementAliases } from "../map/scalar.wgsl.ts";
import type { RandomAttributes } from "./random.ts";

const rotations = [13, 15, 26, 6, 17, 29, 16, 24];

const rounds = Array.from({ length: 20 }, (_, round) => {
  const by = rotations[round % 8] ?? 0;
  const mix = `x.x += x.y; x.y = ((x.y << ${by}u) | (x.y >> ${32 - by}u)) ^ x.x;`;
  const step = (round + 1) / 4;
  return Number.isInteger(step) ? `${mix} x.x += key${step % 3}; x.y += key${(step + 1) % 3} + ${step}u;` : mix;
});

const threefry = `fn threefry(counter: vec2u) -> vec2u {
  let key0 = key[0];
  let key1 = key[1];
  let key2 = key0 ^ key1 ^ 0x1bd11bdau;
  var x = counter + vec2u(key0, key1);
${rounds.map((round) => `  ${round}`).join("\n")}
  return x;
}
fn uniformOf(word: u32) -> f32 { return f32(word >> 9u) * 0x1p-23; }`;

const pairBody = (value: (word: string) => string): string => `
let block = threefry(vec2u(index, 0u));
if (2u * index < parameter(0)) { result[2u * index] = ${value("block.x")}; }
if (2u * index + 1u < parameter(0)) { result[2u * index + 1u] = ${value("block.y")}; }
`;

// cos(2 pi u): u less the nearest quarter is exact, so only the small angle is rounded.
const normalBody = `
if (index >= parameter(0)) { return; }
let block = threefry(vec2u(index, 1u));
let turn = uniformOf(block.y);
let quarter = round(turn * 4.0);
let angle = (turn - quarter * 0.25) * 6.28318530717958648;
let cosine = sine(angle, i32(quarter) + 1);
result[index] = sqrt(-2.0 * logarithm(1.0 - uniformOf(block.x))) * cosine;
`;

const lower = ({ attributes }: KernelContext<RandomAttributes>): Lowered<WebGPULaunch> => {
  const { distribution, shape } = attributes;
  const size = sizeOf(shape);
  if (size === 0) return { launches: [] };
  const normal = distribution === "normal";
  const body = normal ? normalBody : pairBody((word) => (distribution === "bits" ? word : `uniformOf(${word})`));
  const source = [
    elementAliases(1),
    storage(0, "key", "u32"),
    storage(1, "result", distribution === "bits" ? "u32" : "f32", "read_write"),
    calledFunctions(body, rareFunctions(1)),
    threefry,
    entry(body),
  ].join("\n");
  return {
    launches: [
      {
        source,
        bindings: [{ input: 0 }, { output: 0 }],
        workgroups: gridOfThreads(normal ? size : Math.ceil(size / 2)),
        parameters: [size],
      },
    ],
  };
};

export const randomWebGPU: WebGPUKernel<RandomAttributes>[] = [{ device: "webgpu", name: "random", lower }];
