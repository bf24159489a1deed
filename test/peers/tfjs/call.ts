// A kernel call of tfjs with its attributes read by type, so that a kernel is one line in the table.
import type { Tensor } from "@millrace/core";
import type { KernelAttributes } from "./engine.ts";

export interface Call {
  /** An input by its name. */
  readonly input: (name: string) => Tensor;
  /** An input that may be left out. */
  readonly optional: (name: string) => Tensor | undefined;
  /** All inputs in order, for kernels that take a list. */
  readonly list: readonly Tensor[];
  readonly number: (name: string, otherwise?: number) => number;
  /** A list of numbers; one number counts as a list of it. */
  readonly numbers: (name: string) => number[];
  readonly flag: (name: string) => boolean;
  readonly text: (name: string) => string;
  readonly attribute: (name: string) => unknown;
}

export const callOf = (
  kernel: string,
  inputs: Readonly<Record<string, Tensor>>,
  attributes: KernelAttributes,
): Call => {
  const attribute = (name: string): unknown => attributes?.[name];
  const refuse = (name: string): never => {
    throw new Error(`${kernel}: attribute ${name} is ${JSON.stringify(attribute(name))}`);
  };
  return {
    input: (name) => inputs[name] ?? refuse(name),
    optional: (name) => inputs[name],
    list: Object.values(inputs),
    attribute,
    number: (name, otherwise) => {
      const value = attribute(name) ?? otherwise;
      return typeof value === "number" ? value : refuse(name);
    },
    numbers: (name) => {
      const value = attribute(name);
      if (typeof value === "number") return [value];
      if (!Array.isArray(value) && !ArrayBuffer.isView(value)) return refuse(name);
      return Array.from(value as ArrayLike<number>, Number);
    },
    flag: (name) => attribute(name) === true,
    text: (name) => {
      const value = attribute(name);
      return typeof value === "string" ? value : refuse(name);
    },
  };
};
