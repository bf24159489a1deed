// Every estimator, step, split and metric of core is in the schema, with core's defaults and with ranges that core has too.
import * as core from "@millrace/core";
import { clusteringMetricTable, metricTable } from "@millrace/core/metrics";
import * as tables from "@millrace/core/tables";
import { checkEstimator, checkStep, encodingStepKinds, estimatorKinds, numericStepKinds } from "@millrace/core/tables";
import {
  type Declaration,
  defaultOf,
  fieldOf,
  restore,
  specify,
  takesNull,
} from "@millrace/gateway/domain/pipeline/declaration.ts";
import { estimators } from "@millrace/gateway/domain/pipeline/estimators.ts";
import { metrics } from "@millrace/gateway/domain/pipeline/metrics.ts";
import { faultOf, type Range, type Shape, toOutput } from "@millrace/gateway/domain/pipeline/option.ts";
import { splits } from "@millrace/gateway/domain/pipeline/splits.ts";
import { steps } from "@millrace/gateway/domain/pipeline/steps.ts";
import { schema } from "@millrace/gateway/graphql/schema.ts";
import { GraphQLInputObjectType, isEnumType, isNonNullType } from "graphql";
import { describe, expect, test } from "vitest";

type Kind = { readonly kind: string };

const inputOf = (name: string): GraphQLInputObjectType => {
  const type = schema.getType(name);
  if (type instanceof GraphQLInputObjectType) return type;
  throw new Error(`the schema has no input ${name}`);
};

/** The input of a kind below a one-of; undefined where it is chosen by true. */
const kindInput = (oneOf: string, field: string): GraphQLInputObjectType | undefined => {
  const found = inputOf(oneOf).getFields()[field];
  if (!found) throw new Error(`${oneOf} has no ${field}`);
  return found.type instanceof GraphQLInputObjectType ? found.type : undefined;
};

/** Core's constructor of a kind, by its name. */
const constructed = (kind: string): Kind => {
  const found = Object.entries({ ...core, ...tables }).find(([name]) => name === fieldOf(kind))?.[1];
  if (typeof found !== "function") throw new Error(`core exports no ${fieldOf(kind)}`);
  return Reflect.apply(found, undefined, []);
};

/** Estimators that fit arrays alone: a pipeline over a table has no place for the queries whose rows are ranked. */
const ofArrays: ReadonlySet<string> = new Set(["GradientBoostingRanker"]);

/** RFE has an estimator and costs by name among its options, which GraphQL could only take as a recursive input. */
const ofCode: ReadonlySet<string> = new Set(["RFE"]);

test("each kind that core has is in the schema", () => {
  const fieldsOf = (oneOf: string) => Object.keys(inputOf(oneOf).getFields()).sort();
  const kinds = estimatorKinds().filter((kind) => !ofArrays.has(kind));
  expect(fieldsOf("EstimatorInput")).toEqual(kinds.map(fieldOf).sort());
  const stepKinds = [
    ...numericStepKinds().filter((kind) => !ofCode.has(kind)),
    ...encodingStepKinds(),
    "SimpleImputer",
    "StandardScaler",
  ];
  expect(fieldsOf("StepInput")).toEqual(stepKinds.map(fieldOf).sort());
  const names = [...Object.keys(metricTable), ...Object.keys(clusteringMetricTable)];
  expect(fieldsOf("MetricInput")).toEqual(names.sort());
  const name = schema.getType("MetricName");
  expect(isEnumType(name) && name.getValues().map(({ value }) => value)).toEqual(expect.arrayContaining(names));
});

/** A declaration, the one-of that holds it, and core's own check of its defaults with other options. */
type Case = [kind: string, oneOf: string, declaration: Declaration<Kind>, check: (options: object) => Promise<void>];
const cases: Case[] = [
  ...[...estimators.values()].map(
    (own): Case => [
      own.kind,
      "EstimatorInput",
      own,
      (options) => checkEstimator(Object.assign({}, own.defaults, options)),
    ],
  ),
  ...[...steps.values()].map(
    (own): Case => [own.kind, "StepInput", own, (options) => checkStep(Object.assign({}, own.defaults, options))],
  ),
];
/** Its first argument has no default. */
const withArgument = new Set(["FeatureCrosses"]);

describe.each(cases)("%s", (kind, oneOf, declaration, check) => {
  const options = Object.entries(declaration.options);

  test("has every option of core's constructor, and its default", () => {
    if (withArgument.has(kind)) return expect(options.some(([, option]) => option.required)).toBe(true);
    const expected = constructed(kind);
    expect(expected.kind).toBe(kind);
    const fields = kindInput(oneOf, declaration.field)?.getFields() ?? {};
    const names = Object.keys(expected).filter((name) => name !== "kind");
    expect(Object.keys(fields)).toEqual(expect.arrayContaining(names));
    for (const [name, value] of Object.entries(expected)) {
      const option = declaration.options[name];
      if (!option) continue;
      const inSchema = fields[name]?.defaultValue;
      if (value === option.absent) expect(inSchema, name).toBeUndefined();
      else expect(inSchema, name).toEqual(toOutput(option.shape, value));
      expect(isNonNullType(fields[name]?.type), name).toBe(!takesNull(declaration, name));
    }
  });

  test("is, by default, what core's constructor gives", () => {
    if (withArgument.has(kind)) return;
    const given = Object.fromEntries(
      options.map(([name, { shape, absent }]) => {
        const value = defaultOf(declaration, name);
        return [name, value === absent || value === undefined ? null : toOutput(shape, value)];
      }),
    );
    const table = new Map([[kind, declaration]]);
    expect(specify(table, { field: declaration.field, options: given }, [])).toEqual(constructed(kind));
    expect(restore(table, { kind })).toEqual(constructed(kind));
  });

  test("takes what its ranges allow, as core does, and core refuses what they refuse", async () => {
    for (const [name, { shape }] of options) {
      if (shape.kind !== "int" && shape.kind !== "float") continue;
      for (const value of edgesOf(shape, shape.range).filter((own) => faultOf(shape, own, []) === undefined))
        await expect(check({ [name]: value }), `${name} ${value}`).resolves.toBeUndefined();
      for (const value of beyond(shape.range)) {
        expect(faultOf(shape, value, []), `${name} ${value}`).toBeDefined();
        await expect(check({ [name]: value }), `${name} ${value}`).rejects.toThrow(name);
      }
    }
  });
});

const edgesOf = (shape: Shape, { from, above, to, below }: Range): number[] => [
  ...(from === undefined ? [] : [from]),
  ...(above === undefined ? [] : [shape.kind === "int" ? above + 1 : above + 1e-6]),
  ...(to === undefined ? [] : [to]),
  ...(below === undefined ? [] : [below - 1e-6]),
];
const beyond = ({ from, above, to, below }: Range): number[] => [
  ...(from === undefined ? [] : [from === 1e-10 ? 0 : from - 1]),
  ...(above === undefined ? [] : [above]),
  ...(to === undefined ? [] : [to + 1]),
  ...(below === undefined ? [] : [below]),
];

test.each([...metrics.values()].map((own): [string, Declaration<Kind>] => [own.kind, own]))(
  "the metric %s has core's choices and their defaults",
  (kind, declaration) => {
    const choices = Object.entries(metricTable).find(([name]) => name === kind)?.[1].choices ?? {};
    expect(Object.keys(declaration.options).sort()).toEqual(Object.keys(choices).sort());
    const fields = kindInput("MetricInput", kind)?.getFields() ?? {};
    for (const [name, value] of Object.entries(choices)) expect(fields[name]?.defaultValue, name).toEqual(value);
  },
);

test("splits have core's defaults", () => {
  expect(splits.get("HoldOut")?.defaults).toEqual(core.holdOut());
  expect(kindInput("SplitInput", "timeOrdered")?.getFields().fraction?.defaultValue).toBe(
    core.timeOrdered("when").fraction,
  );
});
