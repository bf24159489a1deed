// The examples by name, as a page asks for them.
import { characterTransformer } from "./character-transformer.ts";
import type { Example } from "./course.ts";
import { digitsNetwork } from "./digits.ts";
import { kMeans } from "./k-means.ts";
import { perceptron } from "./perceptron.ts";

export const examples = { perceptron, digitsNetwork, characterTransformer, kMeans } satisfies Record<string, Example>;
export type ExampleName = keyof typeof examples;
