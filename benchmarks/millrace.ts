// Our own side in Node.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openDeviceFor, prepareOn } from "./millrace-prepare.ts";
import type { ParticipantOptions, RoofParticipant } from "./participant.ts";
import { prepareRoof } from "./roof.ts";

const open = async (options: ParticipantOptions): Promise<RoofParticipant> => {
  const device = await openDeviceFor(options);
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(import.meta.dirname, "../core/package.json"), "utf8"),
  );
  return {
    name: "millrace",
    version: manifest.version,
    device: device.name,
    prepare: (workload) => prepareOn(device, workload),
    prepareRoof: (measure) => prepareRoof(device, measure),
  };
};

export default open;
