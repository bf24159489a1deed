// A headless Chromium with WebGPU on SwiftShader, from npm alone: no GPU, no system packages, as root or not.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { unpackArchive, unpackChromium } from "../chromium-archive.ts";

const flags = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
  // The sandbox wants a privileged helper or user namespaces, which containers and root lack. Only our own page is opened.
  "--no-sandbox",
  "--disable-background-networking",
  // Tests of what is left in memory ask the collector to come.
  "--js-flags=--expose-gc",
  // Containers give /dev/shm 64 MB.
  "--disable-dev-shm-usage",
];

/** Launches the browser. Where the system lacks the libraries it is linked to (NSS), those of the package are used. */
export const launchChromium = async (): Promise<Browser> => {
  const executablePath = await unpackChromium();
  const environment = { ...process.env };
  const { status, stderr } = spawnSync(executablePath, ["--no-sandbox", "--version"], { encoding: "utf8" });
  if (status !== 0) {
    if (!stderr.includes("shared libraries")) throw new Error(`Chromium does not start here: ${stderr}`);
    const libraries = join(await unpackArchive("al2023"), "lib");
    environment.LD_LIBRARY_PATH = [libraries, environment.LD_LIBRARY_PATH].filter(Boolean).join(":");
  }
  const env = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
  return chromium.launch({ executablePath, headless: true, args: flags, env });
};
