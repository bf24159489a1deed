// Where a tensor's elements are: on the host, on a device, or both. Freed when told to, or when no one can reach it.
import { ArgumentError, describeType, type TensorType } from "@millrace/kernels";
import type { Device, DeviceBuffer } from "../device/device.ts";
import { type GraphNode, inputValue, type Value } from "../graph/node.ts";
import type { HostArray } from "./host-array.ts";

/** Elements of a leaf of the graph. */
export class Storage {
  readonly type: TensorType;
  #host: HostArray | undefined;
  #buffer: DeviceBuffer | undefined;
  #gone: string | undefined;

  constructor(type: TensorType, source: { readonly host: HostArray } | { readonly buffer: DeviceBuffer }) {
    this.type = type;
    if ("host" in source) this.#host = source.host;
    else this.#buffer = source.buffer;
  }

  /** The device that holds it, if any does. */
  get device(): Device | undefined {
    return this.#buffer?.device;
  }

  get isGone(): boolean {
    return this.#gone !== undefined;
  }

  /** A buffer on the device with the elements, uploaded when first asked for. */
  bufferOn(device: Device): DeviceBuffer {
    this.#check();
    if (this.#buffer) {
      if (this.#buffer.device === device) return this.#buffer;
      throw new ArgumentError(
        `a tensor ${describeType(this.type)} is on ${this.#buffer.device.name}, but is used on ${device.name}; copy it with tensor(await x.data(), x.shape)`,
      );
    }
    if (!this.#host) throw new ArgumentError(`a tensor ${describeType(this.type)} has no elements`);
    const buffer = device.allocate(this.type);
    device.write(buffer, this.type, this.#host);
    this.#buffer = buffer;
    return buffer;
  }

  /** A copy of the elements. */
  async read(): Promise<HostArray> {
    this.#check();
    if (this.#host) return this.#host.slice();
    if (!this.#buffer) throw new ArgumentError(`a tensor ${describeType(this.type)} has no elements`);
    return this.#buffer.device.read(this.#buffer, this.type);
  }

  /** Copies the first elements into an array of their kind, as many as it holds. */
  async readInto(into: HostArray): Promise<void> {
    this.#check();
    const own = this.#host ?? (await this.#buffer?.device.read(this.#buffer, this.type, into));
    if (!own) throw new ArgumentError(`a tensor ${describeType(this.type)} has no elements`);
    // Devices whose memory is not the host's read a copy of their own.
    if (own !== into) into.set(own.subarray(0, into.length));
  }

  /** Takes the device memory out, for a donated argument; the tensor can no longer be read. */
  take(reason: string): DeviceBuffer | undefined {
    const buffer = this.#buffer;
    this.#buffer = undefined;
    this.#host = undefined;
    this.#gone = reason;
    return buffer;
  }

  /** Frees device and host memory. */
  release(): void {
    const buffer = this.take("was disposed");
    buffer?.device.release(buffer);
  }

  #check(): void {
    if (this.#gone)
      throw new ArgumentError(`a tensor ${describeType(this.type)} ${this.#gone} and can no longer be used`);
  }
}

const collected = new FinalizationRegistry<Storage>((storage) => storage.release());

/** A new leaf of the graph around elements, which are freed when the leaf is collected. */
export const leafOf = (storage: Storage): Value => {
  const value = inputValue(storage.type, storage);
  collected.register(value.node, storage, storage);
  return value;
};

/** The elements of a leaf, if it has any. */
export const storageOf = (node: GraphNode): Storage | undefined =>
  node.kind === "input" && node.content instanceof Storage ? node.content : undefined;

/** Stops watching a storage that was released by hand. */
export const forgetStorage = (storage: Storage): void => {
  collected.unregister(storage);
};
