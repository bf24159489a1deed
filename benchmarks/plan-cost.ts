// What one run costs by the definitions of its kernels: the place of a case on the roofline.
import type { Plan } from "@millrace/core";
import type { Cost } from "./participant.ts";

export const costOf = ({ cost: { flops, bytes, dispatches } }: Plan): Cost => ({ flops, bytes, dispatches });
