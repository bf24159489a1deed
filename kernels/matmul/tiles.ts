// How a matrix product is cut on a GPU, as data: tiles by size, and what is chosen from them by shape and limits.
import type { DeviceTraits } from "../contract/kernel.ts";
import type { Tile, Tiles } from "../contract/tiles.ts";

export const tile = (rows: number, columns: number, depth: number, ownRows: number, ownColumns: number): Tile => ({
  rows,
  columns,
  depth,
  ownRows,
  ownColumns,
  ahead: true,
});

/**
 * A thread of the largest reads 10 vectors from workgroup memory for 256 multiply-adds: a warp's patch of 4 x 8 threads takes
 * a quarter of the time of the sums. Devices with 16 KB of workgroup memory take rounds of 8 terms.
 */
export const defaultTiles: Tiles = {
  tiles: [
    tile(128, 128, 16, 8, 8),
    tile(128, 128, 8, 8, 8),
    tile(64, 64, 16, 8, 4),
    tile(128, 32, 16, 8, 4),
    tile(32, 128, 16, 4, 8),
    tile(32, 32, 32, 4, 4),
    tile(32, 32, 16, 4, 4),
  ],
  workgroups: 256,
  slice: 256,
  few: 8,
};

export const threadsOf = ({ rows, columns, ownRows, ownColumns }: Tile): number =>
  (rows / ownRows) * (columns / ownColumns);

/** Vectors of four in workgroup memory for one operand. Runs of terms are one vector longer, against bank conflicts. */
export const tileVectors = (outputs: number, depth: number, along: "terms" | "outputs"): number =>
  along === "terms" ? outputs * (depth / 4 + 1) : (outputs / 4) * depth;

/** What a device must allow; absent limits are WebGPU's least. */
export const fits = (candidate: Tile, { limits }: DeviceTraits): boolean => {
  const { rows, columns, depth } = candidate;
  const bytes = 16 * (tileVectors(rows, depth, "terms") + tileVectors(columns, depth, "terms"));
  return (
    bytes <= (limits.maxComputeWorkgroupStorageSize ?? 16_384) &&
    threadsOf(candidate) <= (limits.maxComputeInvocationsPerWorkgroup ?? 256)
  );
};

/** Slices of a sum so that `workgroups` times their number is enough. */
const mostSlices = 128;
export const slicesFor = (workgroups: number, k: number, { workgroups: enough, slice }: Tiles): number =>
  Math.max(1, Math.min(Math.ceil(enough / workgroups), Math.floor(k / slice), mostSlices));

export interface TileChoice {
  readonly tile: Tile;
  readonly slices: number;
}

/**
 * The largest tile that is more than half filled and gives enough workgroups; where none does, the one that comes closest
 * with its sums cut into slices.
 */
export const chooseTile = (
  { batch, m, n, k }: { readonly batch: number; readonly m: number; readonly n: number; readonly k: number },
  tiles: Tiles,
  device: DeviceTraits,
): TileChoice | undefined => {
  const fitting = tiles.tiles.filter((candidate) => fits(candidate, device));
  const filled = fitting.filter(({ rows, columns }) => 2 * m > rows && 2 * n > columns);
  let best: (TileChoice & { readonly reached: number }) | undefined;
  for (const candidate of filled.length > 0 ? filled : fitting.slice(-1)) {
    const workgroups = Math.ceil(m / candidate.rows) * Math.ceil(n / candidate.columns) * batch;
    if (workgroups >= tiles.workgroups) return { tile: candidate, slices: 1 };
    const slices = slicesFor(workgroups, k, tiles);
    const reached = Math.min(workgroups * slices, tiles.workgroups);
    if (!best || reached > best.reached || (reached === best.reached && slices < best.slices))
      best = { tile: candidate, slices, reached };
  }
  return best;
};
