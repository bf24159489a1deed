// A GPU in software for the participants' processes: SwiftShader from npm, so that a WebGPU run can be tried where there is
// no GPU. It says nothing about speed.
import { join } from "node:path";
import { unpackArchive } from "../test/chromium-archive.ts";

/** What a process needs in its environment from its start for Dawn to find SwiftShader; nothing where a driver is named already. */
export const softwareGPUEnvironment = async (): Promise<Record<string, string>> => {
  if (process.env.VK_ICD_FILENAMES !== undefined || process.platform !== "linux" || process.arch !== "x64") return {};
  const folder = await unpackArchive("swiftshader");
  return { VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json"), LD_LIBRARY_PATH: folder };
};
