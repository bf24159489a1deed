// A GPU in software for tests in Node, from npm alone: SwiftShader, made known to Dawn before it looks for Vulkan.
import { constants } from "node:os";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { unpackArchive } from "./chromium-archive.ts";

/** dlfcn.h: the library stays mapped although Node closes it. */
const RTLD_NODELETE = 0x1000;

/**
 * Makes SwiftShader the Vulkan driver of this process. Call it before the first GPU is opened. Dawn loads `libvulkan.so.1`
 * by name and LD_LIBRARY_PATH is read only when a process starts, so the library is loaded here by its path: the loader
 * then finds it by its name. On the main thread only: the environment of a worker is a copy that libraries do not see. Systems other than Linux on x86-64 keep their own drivers.
 */
export const useSoftwareGPU = async (): Promise<void> => {
  if (process.platform !== "linux" || process.arch !== "x64") return;
  const folder = await unpackArchive("swiftshader");
  const driver = join(folder, "vk_swiftshader_icd.json");
  // Someone chose another driver. Our own name may come from the process that started this one.
  if ((process.env.VK_ICD_FILENAMES ?? driver) !== driver) return;
  if (!isMainThread) throw new Error("useSoftwareGPU must be called on the main thread, before workers are started");
  process.env.VK_ICD_FILENAMES = driver;
  const library = join(folder, "libvulkan.so.1");
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | RTLD_NODELETE);
  } catch (error) {
    // It is no Node addon, which Node says only after it has loaded it.
    if (!String(error).includes("did not self-register")) throw error;
  }
};
