// A profile as a table for people.
import type { KernelProfile, Profile } from "./profile.ts";

const clocks: Readonly<Record<Profile["clock"], string>> = {
  host: "each step timed alone by the host's clock",
  device: "each step timed alone by the GPU's clock",
  runs: "this GPU has no timestamps: runs were timed whole, kernels were not",
};

/** Three significant digits. */
const figure = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value === 0 || value >= 0.001 ? value.toPrecision(3) : value.toExponential(1);

const size = (bytes: number): string => (bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`);

/**
 * The kernels of a profile as lines of text, longest first, each with calls, time, work, speed and share of the roof; then
 * what fell back to the reference device.
 * @example console.log(describeProfile(await profiled(device, () => step(x))));
 */
export const describeProfile = (profile: Profile): string => {
  const { kernels, roof, fallbacks } = profile;
  const timed = profile.events.reduce((sum, event) => sum + event.milliseconds, 0);
  const row = (kernel: KernelProfile): string[] => {
    const { milliseconds, roofShare } = kernel;
    const rate = (amount: number): string => (milliseconds ? figure(amount / milliseconds / 1e6) : "");
    return [
      kernel.name + (kernel.fallsBack ? " (on the reference device)" : ""),
      String(kernel.calls),
      milliseconds === undefined ? "" : figure(milliseconds),
      milliseconds === undefined || timed === 0 ? "" : `${((100 * milliseconds) / timed).toFixed(1)} %`,
      figure(kernel.flops / 1e6),
      figure(kernel.bytes / 1e6),
      rate(kernel.flops),
      rate(kernel.bytes),
      roofShare === undefined ? "" : `${(100 * roofShare).toFixed(1)} % ${kernel.bound}`,
    ];
  };
  const rows = [["kernel", "calls", "ms", "of time", "MFLOP", "MB", "GFLOP/s", "GB/s", "of roof"], ...kernels.map(row)];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0))) ?? [];
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return [
    `${profile.device}: ${profile.runs} runs, ${figure(timed)} ms timed of ${figure(profile.milliseconds)} ms; ${clocks[profile.clock]}`,
    ...(roof
      ? [
          `roof: ${figure(roof.flopsPerSecond / 1e9)} GFLOP/s; ${roof.bandwidths.map(({ bytes, bytesPerSecond }) => `${figure(bytesPerSecond / 1e9)} GB/s in ${size(bytes)}`).join(", ")}`,
        ]
      : []),
    ...rows.map(line),
    ...fallbacks.map(({ message }) => message),
  ].join("\n");
};
