// The steps before a model in arquero, written plainly: a derived column a feature. It has no encoder of its own.
import { desc, op, escape as own, table } from "arquero";
import type { OpenParticipant, Prepared } from "../participant.ts";
import { taskOf } from "../workloads/index.ts";
import { maxCategories, preprocessColumns } from "../workloads/tabular/preprocess.ts";

/** A row as its expressions see it. */
type Row = Readonly<Record<string, number | string>>;

const open: OpenParticipant = async () => ({
  name: "arquero",
  version: "7.2.1",
  device: "JavaScript (1 thread)",
  prepare: async (workload): Promise<Prepared | undefined> => {
    if (workload.kind !== "tabular" || workload.work !== "preprocess") return undefined;
    const { rows } = workload;
    const [numbers, codes] = taskOf(workload).inputs();
    const names = [...preprocessColumns.numbers, ...preprocessColumns.categories];
    const flights = table(
      Object.fromEntries(
        names.map((name, at) => [
          name,
          at < 3
            ? Float64Array.from({ length: rows }, (_, row) => numbers?.data[3 * row + at] ?? Number.NaN)
            : Array.from({ length: rows }, (_, row) => String(codes?.data[2 * row + at - 3]).padStart(3, "0")),
        ]),
      ),
    );
    const run = (): Float32Array[] => {
      const filled = flights.impute({
        delay: (row: { delay: number }) => op.mean(row.delay),
        distance: (row: { distance: number }) => op.mean(row.distance),
        minute: (row: { minute: number }) => op.mean(row.minute),
      });
      const days: string[] = [...filled.groupby("day").count().array("day")].map(String).sort();
      const common = filled.groupby("airport").count().orderby(desc("count")).array("airport");
      const airports: string[] = [...common]
        .slice(0, maxCategories - 1)
        .map(String)
        .sort();
      const frequent = new Set<unknown>(airports);
      const is = (column: string, value: string) => own((row: Row) => (row[column] === value ? 1 : 0));
      const features = filled
        .derive({
          delay: (row: { delay: number }) => (row.delay - op.mean(row.delay)) / op.stdevp(row.delay),
          distance: (row: { distance: number }) => (row.distance - op.mean(row.distance)) / op.stdevp(row.distance),
          minute: (row: { minute: number }) => (row.minute - op.mean(row.minute)) / op.stdevp(row.minute),
        })
        .derive({
          ...Object.fromEntries(days.map((day) => [`day_${day}`, is("day", day)])),
          ...Object.fromEntries(airports.map((airport) => [`airport_${airport}`, is("airport", airport)])),
          airport_infrequent: own((row: Row) => (frequent.has(row.airport) ? 0 : 1)),
        });
      return [
        ...preprocessColumns.numbers,
        ...days.map((day) => `day_${day}`),
        ...airports.map((airport) => `airport_${airport}`),
        "airport_infrequent",
      ].map((name) => Float32Array.from(features.array(name)));
    };
    return {
      run,
      output: async () => {
        const columns = run();
        const mean = (of: (value: number) => number) =>
          columns.map((column) => column.reduce((sum, value) => sum + of(value), 0) / rows);
        return [...mean((value) => value), ...mean((value) => value * value)];
      },
      dispose: () => {},
    };
  },
});

export default open;
