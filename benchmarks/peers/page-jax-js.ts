// jax-js in a page's worker, from the bundle that the page's server makes.
import type { OpenParticipant } from "../participant.ts";
import type { Jax } from "./jax-js-functions.ts";
import { prepareJax } from "./jax-js-prepare.ts";

const open: OpenParticipant = async ({ device }) => {
  const jax: Jax = await import(/* @vite-ignore */ new URL("./node_modules/.page/jax-js.js", import.meta.url).href);
  const devices = await jax.init(device);
  if (!devices.includes(device)) throw new Error(`jax-js could not start its ${device} backend`);
  jax.defaultDevice(device);
  return {
    name: "jax-js",
    version: "of the lockfile",
    device,
    prepare: async (workload) => prepareJax(jax, workload, device),
  };
};

export default open;
