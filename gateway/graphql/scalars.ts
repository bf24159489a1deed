// Scalars of our own. Money is a decimal numeral in a string: a binary float cannot hold a cent.
import { GraphQLError, GraphQLScalarType } from "graphql";

const numeral = /^-?\d+(\.\d+)?$/;

const decimal = (value: unknown): string => {
  const text = typeof value === "number" || typeof value === "bigint" ? String(value) : value;
  if (typeof text === "string" && numeral.test(text)) return text;
  throw new GraphQLError(`Decimal takes a numeral such as "12.50"; it got ${JSON.stringify(value)}.`);
};

export const decimalScalar = new GraphQLScalarType<string, string>({
  name: "Decimal",
  description: 'An exact decimal number, written as a string: "0.000123".',
  coerceOutputValue: decimal,
  coerceInputValue: decimal,
});
