// Tuned tiles as the text that is kept, checked when it is read: another program, or half a disk, may have written it.
import type { Tile, Tiles } from "@millrace/kernels";
import type { KeptPlace } from "../kept-place.ts";

export const printTiles = (tiles: Tiles, { key }: KeptPlace): string => JSON.stringify({ key, tiles });

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** True when all these fields are integers from 1 on that a multiple divides. */
const areCounts = (value: Fields, names: readonly string[], multiple: number): boolean =>
  names.every((name) => {
    const count = value[name];
    return Number.isInteger(count) && Number(count) > 0 && Number(count) % multiple === 0;
  });

const isTile = (value: unknown): value is Tile =>
  isFields(value) &&
  areCounts(value, ["rows", "columns", "depth", "ownRows", "ownColumns"], 4) &&
  Number(value.rows) % Number(value.ownRows) === 0 &&
  Number(value.columns) % Number(value.ownColumns) === 0 &&
  typeof value.ahead === "boolean";

const isTiles = (value: unknown): value is Tiles =>
  isFields(value) &&
  areCounts(value, ["workgroups", "slice", "few"], 1) &&
  Array.isArray(value.tiles) &&
  value.tiles.length > 0 &&
  value.tiles.every(isTile);

/** Tiles from what was kept; undefined, with a warning on the console, where it is none or another adapter's. */
export const parseTiles = (text: string, { name, key }: KeptPlace): Tiles | undefined => {
  let kept: unknown;
  try {
    kept = JSON.parse(text);
  } catch {
    // Warned of below.
  }
  if (isFields(kept) && kept.key === key && isTiles(kept.tiles)) return kept.tiles;
  console.warn(
    `Millrace: what is kept as ${name} is ${isFields(kept) && typeof kept.key === "string" && kept.key !== key ? `for "${kept.key}", not for "${key}"` : "no tiles"}, and is passed over; tuneDevice writes it anew`,
  );
  return undefined;
};
