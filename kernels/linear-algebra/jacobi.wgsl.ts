// What Jacobi's kernels share in WGSL: the tournament of pairs, the rotation of a pair, and the loop over sweeps, which
// all threads leave together.
import { mostSweeps } from "./jacobi.ts";

export const jacobiDeclarations = `var<workgroup> rotated: atomic<u32>;
var<workgroup> again: u32;
fn pairOf(seats: u32, round: u32, pair: u32) -> vec2u {
  let circle = seats - 1u;
  let a = select((round + pair) % circle, circle, pair == 0u);
  let b = select((round + circle - pair) % circle, round, pair == 0u);
  return vec2u(min(a, b), max(a, b));
}
fn rotationOf(first: f32, second: f32, across: f32) -> vec2f {
  let slope = (second - first) / (2.0 * across);
  let t = select(1.0, -1.0, slope < 0.0) / (abs(slope) + sqrt(1.0 + slope * slope));
  let c = 1.0 / sqrt(1.0 + t * t);
  let s = t * c;
  return vec2f(s / (1.0 + c), s);
}
// Written as a correction, which hardly rounds where the angle is small (Rutishauser 1966).
fn rotatedPair(x: f32, y: f32, turn: vec2f) -> vec2f {
  return vec2f(x - turn.y * (y + turn.x * x), y + turn.y * (x - turn.x * y));
}`;

/** Sweeps over all rounds; the round's text sets \`rotated\` when it has rotated a pair. */
export const sweeps = (round: string): string => `
for (var sweep = 0u; sweep < ${mostSweeps}u; sweep++) {
  for (var round = 0u; round + 1u < seats; round++) {
    sync();
    ${round}
  }
  sync();
  if (lane == 0u) { again = atomicExchange(&rotated, 0u); }
  if (workgroupUniformLoad(&again) == 0u) { break; }
}
sync();`;

/** Gives \`sign\` of a vector of \`count\` elements that \`at(k)\` names: its first large component becomes positive. */
export const signText = (at: (k: string) => string, count: string): string => `
var most = 0.0;
for (var k = 0u; k < ${count}; k++) { most = max(most, abs(${at("k")})); }
var sign = 0.0;
for (var k = 0u; k < ${count} && sign == 0.0; k++) {
  if (abs(${at("k")}) >= 0.9 * most) { sign = select(1.0, -1.0, ${at("k")} < 0.0); }
}`;
