// Where what was tuned for an adapter is kept. Drivers change under the same adapter, but how fast a tile is stays.
import { tilesVersion } from "@millrace/kernels";

export interface KeptPlace {
  /** Name of the file or of the page's item. */
  readonly name: string;
  /** What the tiles are for, in full; kept beside them, since the name leaves characters out. */
  readonly key: string;
  /** Node's folder, where it is not the user's cache. */
  readonly folder?: string | undefined;
}

export const placeOf = ({ vendor, architecture, device, description }: GPUAdapterInfo, folder?: string): KeptPlace => {
  const key = [`tiles ${tilesVersion}`, vendor, architecture, device, description].join("; ");
  return {
    name: key
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .slice(0, 120),
    key,
    folder,
  };
};
