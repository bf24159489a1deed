// Runs once before the suites: tfjs-core as its lockfile names it.
import { join } from "node:path";
import { installLockfile } from "../../benchmarks/install-peers.ts";

export default (): void => {
  installLockfile(join(import.meta.dirname, "tfjs"), () => {
    console.log("Installing tfjs-core for its op tests (about 42 MB), once ...");
  });
};
