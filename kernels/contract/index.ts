// The vocabulary shared by all op families.
export * from "./check.ts";
export * from "./error.ts";
export * from "./half.ts";
export * from "./kernel.ts";
export type { KernelLists, KernelTable } from "./kernel-table.ts";
export * from "./op.ts";
export * from "./reference.ts";
export * from "./tensor-type.ts";
export { type Tile, type Tiles, tilesVersion } from "./tiles.ts";
export * from "./tolerance.ts";
