// The README's operations are ones that this schema takes.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildSchema, parse, validate } from "graphql";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");

test("every operation in the README is valid against the committed schema", async () => {
  const schema = buildSchema(await readFile(join(root, "gateway/schema.graphql"), "utf8"));
  const readme = await readFile(join(root, "README.md"), "utf8");
  const operations = [...readme.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, text]) => text ?? "");
  expect(operations.length).toBeGreaterThan(0);
  for (const operation of operations)
    expect(validate(schema, parse(operation)).map((error) => error.message)).toEqual([]);
});
