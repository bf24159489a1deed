// The printed schema, and the promises that hold for every operation in it.
import { readFileSync } from "node:fs";
import { printedSchema, schemaFile } from "@millrace/gateway/graphql/print.ts";
import { schema } from "@millrace/gateway/graphql/schema.ts";
import { assertValidSchema, isInputObjectType, isObjectType, isUnionType } from "graphql";
import { expect, test } from "vitest";

const operations = () => Object.values(schema.getMutationType()?.getFields() ?? {});

test("the committed schema is what the code says", () => {
  expect(readFileSync(schemaFile, "utf8")).toBe(printedSchema());
});

test("the schema is valid and every type that people read has a description", () => {
  assertValidSchema(schema);
  const silent = Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith("__") && !/(Connection|Edge|Success|Payload|Input)$/.test(type.name))
    .filter((type) => !type.description && !["Node", "PageInfo"].includes(type.name));
  expect(silent.map((type) => type.name)).toEqual([]);
});

test("every mutation has one input and a union of its success and of failures that tell code, message and path", () => {
  expect(operations().length).toBeGreaterThan(0);
  for (const field of operations()) {
    expect(
      field.args.map((argument) => argument.name),
      field.name,
    ).toEqual(["input"]);
    const payload = "ofType" in field.type ? field.type.ofType : field.type;
    if (!isUnionType(payload)) throw new Error(`${field.name} gives no union`);
    const failures = payload.getTypes().filter((type) => !type.name.endsWith("Success"));
    expect(failures.length, field.name).toBeGreaterThan(0);
    expect(payload.getTypes().length - failures.length, field.name).toBe(1);
    for (const failure of failures) {
      expect(
        failure.getInterfaces().map((type) => type.name),
        failure.name,
      ).toEqual(["Error"]);
      expect(Object.keys(failure.getFields()), failure.name).toEqual(
        expect.arrayContaining(["code", "message", "path"]),
      );
    }
  }
});

test("every option of every input has its type: nothing takes untyped JSON", () => {
  const names = Object.values(schema.getTypeMap()).filter((type) => isInputObjectType(type) || isObjectType(type));
  for (const type of names) {
    for (const field of Object.values(type.getFields()))
      expect(String(field.type), `${type.name}.${field.name}`).not.toMatch(/JSON/);
  }
});
