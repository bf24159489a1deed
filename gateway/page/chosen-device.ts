// The device that is chosen in the page, opened once.
import { type Device, openDevice } from "@millrace/core";
import { element } from "./elements.ts";

const devices = new Map<string, Promise<Device>>();

const openChosen = (choice: string): Promise<Device> => {
  if (choice === "deterministic") return openDevice("wasm", { deterministic: true });
  // A page that asks for WebGPU by name takes a software adapter too.
  if (choice === "webgpu") return openDevice("webgpu", { software: true });
  return choice === "wasm" ? openDevice("wasm") : openDevice();
};

/** The device that is chosen in the page, opened once. */
export const chosenDevice = async (): Promise<Device> => {
  const choice = element("device", HTMLSelectElement).value;
  const opening = devices.get(choice) ?? openChosen(choice);
  devices.set(choice, opening);
  opening.catch(() => devices.delete(choice));
  const device = await opening;
  element("device-name", HTMLOutputElement).textContent = device.name;
  return device;
};
