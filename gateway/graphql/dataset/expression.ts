// Expressions of derived columns as one-of inputs: exactly one member of each is set, and each member is typed.
import { arithmeticOperators, compareOperators, type DatePart, dateParts } from "../../domain/dataset/expression.ts";
import { builder } from "../builder.ts";

const DatePartEnum = builder.enumType("DatePart", {
  description: "A part of a timestamp, in UTC. DAY_OF_WEEK counts from Monday = 1.",
  values: dateParts,
});
const ArithmeticOperatorEnum = builder.enumType("ArithmeticOperator", {
  description: "DIVIDE gives FLOAT, and missing where the divisor is 0. The others give INTEGER for two INTEGERs.",
  values: arithmeticOperators,
});
const CompareOperatorEnum = builder.enumType("CompareOperator", {
  description: "Compares two numbers, or two values of one type; text by Unicode code point.",
  values: compareOperators,
});

export const ColumnReferenceInput = builder.inputType("ColumnReferenceInput", {
  description: "A column of the dataset itself, or of a join when one is named.",
  fields: (t) => ({ name: t.string({ required: true }), join: t.string() }),
});

const ConstantInput = builder.inputType("ConstantInput", {
  isOneOf: true,
  description: "A value written down.",
  fields: (t) => ({
    integer: t.field({ type: "SafeInt" }),
    float: t.float(),
    text: t.string(),
    boolean: t.boolean(),
    timestamp: t.field({ type: "DateTime" }),
  }),
});

type Operand = ExpressionShape;
type Binary<Operator> = { operator: Operator; left: Operand; right: Operand };
type Periodic = { of: Operand; period: number };
type Optional<Value> = Value | null | undefined;

/** What GraphQL hands over; which member is set is read and checked by the domain's own parser. */
interface ExpressionShape {
  column?: Optional<typeof ColumnReferenceInput.$inferInput>;
  constant?: Optional<typeof ConstantInput.$inferInput>;
  datePart?: Optional<{ part: DatePart; of: Operand }>;
  arithmetic?: Optional<Binary<(typeof arithmeticOperators)[number]>>;
  compare?: Optional<Binary<(typeof compareOperators)[number]>>;
  all?: Optional<Operand[]>;
  any?: Optional<Operand[]>;
  not?: Optional<Operand>;
  isMissing?: Optional<Operand>;
  firstPresent?: Optional<Operand[]>;
  sine?: Optional<Periodic>;
  cosine?: Optional<Periodic>;
  greatCircleDistance?: Optional<{
    fromLatitude: Operand;
    fromLongitude: Operand;
    toLatitude: Operand;
    toLongitude: Operand;
  }>;
}

export const ExpressionInput = builder.inputRef<ExpressionShape, false>("ExpressionInput");

const DatePartInput = builder.inputRef<{ part: DatePart; of: Operand }, false>("DatePartInput").implement({
  description: "A part of a timestamp, as INTEGER.",
  fields: (t) => ({
    part: t.field({ type: DatePartEnum, required: true }),
    of: t.field({ type: ExpressionInput, required: true }),
  }),
});
const ArithmeticInput = builder
  .inputRef<Binary<(typeof arithmeticOperators)[number]>, false>("ArithmeticInput")
  .implement({
    description: "Two numbers made one.",
    fields: (t) => ({
      operator: t.field({ type: ArithmeticOperatorEnum, required: true }),
      left: t.field({ type: ExpressionInput, required: true }),
      right: t.field({ type: ExpressionInput, required: true }),
    }),
  });
const CompareInput = builder.inputRef<Binary<(typeof compareOperators)[number]>, false>("CompareInput").implement({
  description: "A comparison, as BOOLEAN.",
  fields: (t) => ({
    operator: t.field({ type: CompareOperatorEnum, required: true }),
    left: t.field({ type: ExpressionInput, required: true }),
    right: t.field({ type: ExpressionInput, required: true }),
  }),
});
const PeriodicInput = builder.inputRef<Periodic, false>("PeriodicInput").implement({
  description: "A place on a circle: sine and cosine of 2 pi value / period put 23:59 near 00:00.",
  fields: (t) => ({
    of: t.field({ type: ExpressionInput, required: true }),
    period: t.float({ required: true, description: "Not 0." }),
  }),
});
const GreatCircleDistanceInput = builder
  .inputRef<NonNullable<ExpressionShape["greatCircleDistance"]>, false>("GreatCircleDistanceInput")
  .implement({
    description: "Two places on the earth, in degrees.",
    fields: (t) => ({
      fromLatitude: t.field({ type: ExpressionInput, required: true }),
      fromLongitude: t.field({ type: ExpressionInput, required: true }),
      toLatitude: t.field({ type: ExpressionInput, required: true }),
      toLongitude: t.field({ type: ExpressionInput, required: true }),
    }),
  });

ExpressionInput.implement({
  isOneOf: true,
  description:
    "What a derived column computes. A missing operand gives a missing result, except in isMissing, firstPresent and the logic of all and any.",
  fields: (t) => ({
    column: t.field({ type: ColumnReferenceInput }),
    constant: t.field({ type: ConstantInput }),
    datePart: t.field({ type: DatePartInput }),
    arithmetic: t.field({ type: ArithmeticInput }),
    compare: t.field({ type: CompareInput }),
    all: t.field({ type: [ExpressionInput], description: "True where every one is." }),
    any: t.field({ type: [ExpressionInput], description: "True where at least one is." }),
    not: t.field({ type: ExpressionInput }),
    isMissing: t.field({ type: ExpressionInput }),
    firstPresent: t.field({ type: [ExpressionInput], description: "The first that is not missing." }),
    sine: t.field({ type: PeriodicInput }),
    cosine: t.field({ type: PeriodicInput }),
    greatCircleDistance: t.field({ type: GreatCircleDistanceInput, description: "Kilometres, on a sphere." }),
  }),
});
