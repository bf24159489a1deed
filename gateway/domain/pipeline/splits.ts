// Every split that GraphQL offers. To add one: a `declare` below, as estimators.ts tells.
import { holdOut, timeOrdered } from "@millrace/core";
import { type Declaration, declare, type Table, tableOf } from "./declaration.ts";
import { float, int, required, text, truth } from "./option.ts";

const fraction = float({ above: 0, below: 1 }, "Share of rows held out.");

const declarations = [
  declare(holdOut, "Holds out a random share of the rows.", {
    fraction,
    stratify: truth("Keeps each class's share in both parts, where classes are learnt."),
    seed: int({ from: 0 }, "Another seed draws other rows."),
  }),
  declare(
    () => timeOrdered(""),
    "Holds out the rows that come last by a column: the future, as far as the data knows it.",
    { column: required(text("A TIMESTAMP or a number without missing values.")), fraction },
  ),
];

/** A split by its specification, as core takes it. */
export type Split = (typeof declarations)[number] extends Declaration<infer Specification> ? Specification : never;

export const splits: Table<Split> = tableOf<Split>(declarations);
