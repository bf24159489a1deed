// Counter-based random numbers.
export { type RandomAttributes, random, threefry } from "./random.ts";
