// What the adapter needs of tfjs-core's engine. Its own declarations are not used: type checking must not need the
// installed package.
export interface TensorInfo {
  readonly dataId: object;
  readonly shape: readonly number[];
  readonly dtype: string;
}

export type KernelInputs = Readonly<Record<string, TensorInfo>>;
export type KernelAttributes = Readonly<Record<string, unknown>>;

export interface KernelConfiguration {
  readonly kernelName: string;
  readonly backendName: string;
  readonly kernelFunc: (call: {
    readonly inputs: KernelInputs;
    readonly attrs: KernelAttributes;
  }) => TensorInfo | TensorInfo[];
}

export interface Engine {
  registerBackend(name: string, factory: () => object): boolean;
  setBackend(name: string): Promise<boolean>;
  startScope(): void;
  endScope(): void;
  disposeVariables(): void;
  tidy<T>(fn: () => T): T;
  makeTensorFromTensorInfo(info: TensorInfo): TensorInfo;
  gradients(
    fn: () => TensorInfo,
    parameters: readonly TensorInfo[],
    adjoint?: TensorInfo | null,
  ): { value: TensorInfo; grads: TensorInfo[] };
  registerKernel(configuration: KernelConfiguration): void;
}

/** What the bundle exports. */
export interface Harness {
  readonly engine: Engine;
  readonly registerKernel: Engine["registerKernel"];
  readonly files: Readonly<Record<string, () => unknown>>;
}
