// The machines that work here.
import { z } from "zod";
import { selectMachines } from "../../data/cost/store.ts";
import type { Row } from "../../data/schema.ts";
import { builder } from "../builder.ts";

const calibration = z.object({ flopsPerSecond: z.number(), bytesPerSecond: z.number() });

const Machine = builder.objectRef<Row<"machine">>("Machine").implement({
  description: "A machine whose time is booked, each microsecond once.",
  fields: (t) => ({
    name: t.exposeString("name"),
    cores: t.exposeInt("cores", { description: "Cores that kernels may use." }),
    current: t.boolean({
      description: "Whether it is the one that answers now.",
      resolve: (machine, _, { services }) => machine.id === services.meter.machine.id,
    }),
    flopsPerSecond: t.float({
      nullable: true,
      description: "A quick measurement at its first start: what estimates begin from.",
      resolve: (machine) => calibration.safeParse(machine.calibration).data?.flopsPerSecond,
    }),
    bytesPerSecond: t.float({
      nullable: true,
      resolve: (machine) => calibration.safeParse(machine.calibration).data?.bytesPerSecond,
    }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
  }),
});

builder.queryField("machines", (t) =>
  t.field({
    type: [Machine],
    description: "Every machine that has ever worked on this database, the oldest first.",
    resolve: (_, _args, { tenantId, services }) => selectMachines(services.database, tenantId),
  }),
);
