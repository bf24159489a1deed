// Our own side: a workload written with @millrace/core as an app would write it. The kernels' suites replay the compiled
// plan on fixed buffers, as a training loop does; the dispatch suite calls the compiled function, as an app does.
import { compile, type Device, openDevice, type Tensor, tensor } from "@millrace/core";
import { type Computation, millraceFunctionOf } from "./millrace-functions.ts";
import { prepareTabular } from "./millrace-tabular.ts";
import { prepareTraining } from "./millrace-training.ts";
import type { ParticipantOptions, Prepared } from "./participant.ts";
import { costOf } from "./plan-cost.ts";
import { fence } from "./roof.ts";
import { taskOf, type Workload } from "./workloads/index.ts";

/** The compiled function and what it takes. A network's or a layer's weights never change: the function closes over them. */
const compiled = (device: Device, workload: Computation, tensors: readonly Tensor[]) => {
  const work = millraceFunctionOf(workload);
  const isLayer = workload.kind === "encoder" || (workload.kind === "convolution" && workload.pass === "forward");
  const given = isLayer ? 1 : tensors.length;
  const [inputs, constants] = [tensors.slice(0, given), tensors.slice(given)];
  return { inputs, call: compile((own: readonly Tensor[]) => work([...own, ...constants]), { device }) };
};

/** The compiled function as an app calls it: a new result each time. */
const prepareCall = async (device: Device, workload: Computation, tensors: readonly Tensor[]): Promise<Prepared> => {
  const { inputs, call } = compiled(device, workload, tensors);
  return {
    cost: costOf(call.plan(inputs)),
    run: async () => {
      const result = await call(inputs);
      result.dispose();
    },
    output: async () => {
      using result = await call(inputs);
      return await result.data();
    },
    ...(device.kind === "webgpu" ? { finish: () => fence(device) } : {}),
    dispose: () => {
      call[Symbol.dispose]();
      for (const own of tensors) own.dispose();
    },
  };
};

/** The plan on buffers of its own. */
const prepareReplay = async (device: Device, workload: Computation, tensors: readonly Tensor[]): Promise<Prepared> => {
  const { inputs, call } = compiled(device, workload, tensors);
  using _ = call;
  const plan = call.plan(inputs);
  // Constants that the function makes for itself (a causal mask's places) are arguments of its plan, which only a call fills in.
  if (plan.arguments.length !== tensors.length) return prepareCall(device, workload, tensors);
  const executable = await device.prepare(plan);
  const types = new Map([...plan.arguments, ...plan.results].map(({ slot, type }) => [slot, type]));
  const buffers = plan.externals.map((slot) => {
    const type = types.get(slot);
    if (type === undefined) throw new Error(`slot ${slot} is neither an argument nor a result`);
    return device.allocate(type);
  });
  for (const [i, { slot, type }] of plan.arguments.entries()) {
    const buffer = buffers[plan.externals.indexOf(slot)];
    const input = tensors[i];
    if (buffer !== undefined && input !== undefined) device.write(buffer, type, await input.data(device));
  }
  for (const input of tensors) input.dispose();
  return {
    cost: costOf(plan),
    run: () => executable.run(buffers),
    output: async () => {
      await executable.run(buffers);
      const [result] = plan.results;
      const buffer = buffers[plan.externals.indexOf(result?.slot ?? -1)];
      if (result === undefined || buffer === undefined) throw new Error("the plan has no result");
      return device.read(buffer, result.type);
    },
    ...(device.kind === "webgpu" ? { finish: () => fence(device) } : {}),
    dispose: () => {
      executable[Symbol.dispose]();
      for (const buffer of buffers) device.release(buffer);
    },
  };
};

/** Kinds that are measured as an app calls them, since what a call costs is the question, or weights are bound to it. */
const calls: ReadonlySet<Workload["kind"]> = new Set(["small-add", "small-matmuls", "encoder"]);

export const openDeviceFor = ({ threads, device, software = false }: ParticipantOptions): Promise<Device> =>
  openDevice(device, { threads, software });

/** A workload on a device, in the way that suits its kind. */
export const prepareOn = async (device: Device, workload: Workload): Promise<Prepared> => {
  if (workload.kind === "training-step") return prepareTraining(device, workload);
  if (workload.kind === "tabular") return prepareTabular(device, workload);
  const inputs = taskOf(workload)
    .inputs()
    .map(({ shape, data }) => tensor(data, shape));
  return calls.has(workload.kind) ? prepareCall(device, workload, inputs) : prepareReplay(device, workload, inputs);
};
