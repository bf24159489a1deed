// Long loops let others run: timers and messages wait no longer than a frame for a training that never leaves its stride.

const pauseAfter = 12;

const macrotask = (): Promise<void> =>
  new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(undefined);
  });

/**
 * A function to await in a loop: it checks the signal each time, and lets the event loop turn when 12 ms have passed.
 * @throws the signal's reason once it has aborted
 */
export const breather = (signal: AbortSignal | undefined): (() => Promise<void> | undefined) => {
  let last = performance.now();
  return () => {
    signal?.throwIfAborted();
    if (performance.now() - last < pauseAfter) return undefined;
    return macrotask().then(() => {
      last = performance.now();
      signal?.throwIfAborted();
    });
  };
};
