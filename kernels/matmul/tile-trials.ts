// What a tuner tries for each class of shapes, as data: the tiles to be timed, and what is kept of those that win.
import type { DeviceTraits } from "../contract/kernel.ts";
import type { Tile, Tiles } from "../contract/tiles.ts";
import { chooseTile, defaultTiles, fits, tile } from "./tiles.ts";

/** A product of m x k by k x n. */
export interface ProductSize {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

export interface TileTrial {
  /** What the products of a device are cut by when this trial wins. */
  readonly kept: Tiles;
  /** What is timed: `kept`, or a single tile where sizes that a slow GPU can afford would not take it. */
  readonly timed: Tiles;
}

interface ShapeClass {
  readonly name: "large" | "small" | "tall";
  /** Sizes timed together, the largest first: a slow GPU takes later ones. */
  readonly sizes: readonly (readonly ProductSize[])[];
  /** The first is what `base` does. */
  readonly trials: (base: Tiles, device: DeviceTraits) => readonly TileTrial[];
}

const cube = (m: number): ProductSize => ({ m, n: m, k: m });

const largeTiles: readonly Tile[] = [
  ...defaultTiles.tiles.filter(({ rows, columns }) => rows >= 64 && columns >= 64),
  tile(128, 64, 16, 8, 4),
  tile(64, 128, 16, 4, 8),
  tile(64, 64, 32, 8, 4),
  tile(64, 64, 16, 8, 8),
];

const same = (one: Tile, other: Tile): boolean => JSON.stringify(one) === JSON.stringify(other);
const area = ({ rows, columns }: Tile): number => rows * columns;

/** With `first` as the largest: what is smaller stays for products that do not fill it. */
const withLargest = (base: Tiles, first: Tile): TileTrial => ({
  kept: { ...base, tiles: [first, ...base.tiles.filter((each) => area(each) < area(first))] },
  timed: { ...base, tiles: [first], workgroups: 1 },
});

const whole = (tiles: Tiles): TileTrial => ({ kept: tiles, timed: tiles });

/** In the order in which they are tuned, each from what won before. */
const classes: readonly ShapeClass[] = [
  {
    name: "large",
    sizes: [[cube(2048)], [cube(1024)], [cube(512)], [cube(256)]],
    trials: (base, device) => {
      const own = base.tiles.find((each) => fits(each, device));
      const others = largeTiles.flatMap((each) => [each, { ...each, ahead: false }]);
      const candidates = others.filter((each) => fits(each, device) && !(own && same(each, own)));
      return [...(own ? [own] : []), ...candidates].map((each) => withLargest(base, each));
    },
  },
  {
    name: "small",
    sizes: [
      [cube(512), { m: 197, n: 768, k: 768 }],
      [cube(256), { m: 127, n: 127, k: 127 }],
      [cube(128), { m: 97, n: 65, k: 130 }],
    ],
    trials: (base) => {
      const shallow = { ...base, tiles: base.tiles.filter(({ rows, depth }) => rows > 32 || depth < 32) };
      return [base, shallow].flatMap((tiles) =>
        [base.workgroups, 64, 128, 256, 512, 1024].map((workgroups) => whole({ ...tiles, workgroups })),
      );
    },
  },
  {
    name: "tall",
    sizes: [
      [
        { m: 64, n: 64, k: 8192 },
        { m: 96, n: 32, k: 6000 },
      ],
      [{ m: 64, n: 64, k: 2048 }],
      [{ m: 32, n: 32, k: 512 }],
    ],
    trials: (base) => [base.slice, 64, 128, 256, 512, 1024].map((slice) => whole({ ...base, slice })),
  },
];

/** The classes with what is to be tried at given sizes on a device: of trials that cut alike, the first. */
export const shapeClasses = classes.map(({ name, sizes, trials }) => ({
  name,
  sizes,
  trialsOf: (at: readonly ProductSize[], base: Tiles, device: DeviceTraits): readonly TileTrial[] => {
    const met = new Set<string>();
    return trials(base, device).filter(({ timed }) => {
      const cuts = JSON.stringify(at.map((size) => chooseTile({ batch: 1, ...size }, timed, device)));
      return !met.has(cuts) && met.add(cuts);
    });
  },
}));
