// Prints the schema, sorted, to gateway/schema.graphql, the reviewed artefact; with --check it only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { lexicographicSortSchema, printSchema } from "graphql";
import { schema } from "./schema.ts";

/** Where the printed schema is kept. */
export const schemaFile = new URL("../schema.graphql", import.meta.url);

/** The schema definition language of the schema, types and fields in alphabetical order. */
export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const printed = printedSchema();
  if (!process.argv.includes("--check")) {
    writeFileSync(schemaFile, printed);
  } else if (readFileSync(schemaFile, "utf8") !== printed) {
    process.stderr.write(
      "gateway/schema.graphql is not what the code says: run `npm run schema` and review the difference.\n",
    );
    process.exitCode = 1;
  }
}
