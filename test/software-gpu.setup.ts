// Runs before each test file: Dawn must find SwiftShader when a test opens a GPU.
import { useSoftwareGPU } from "./software-gpu.ts";

await useSoftwareGPU();
