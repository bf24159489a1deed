// How far a product may lie from its meaning, for the contract's cases and for whoever compares two ways to the same product.
import { type Tolerance, within } from "../contract/tolerance.ts";

/** The bound for sums of `k` products of numbers around 1. */
export const productTolerance = (k: number): Tolerance => within(4e-6, 1.2e-7 * (20 + k));
