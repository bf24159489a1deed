// Tensors of a fitted model by their names, as its graph reads them.
import { ArgumentError } from "@millrace/kernels";
import type { NamedTensors } from "../preprocess/features.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** @throws ArgumentError when the model lacks the tensor */
export const parameterOf = (parameters: NamedTensors, name: string): Tensor => {
  const found = parameters[name];
  if (!found) throw new ArgumentError(`the model lacks its tensor "${name}"`);
  return found;
};
