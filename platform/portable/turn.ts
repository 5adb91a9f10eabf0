/** A turn of the event loop, wherever there is one: browsers, their workers, and other runtimes have both of what is asked for here. */

interface Port {
  onmessage: (() => void) | null;
  readonly postMessage: (message: null) => void;
  readonly close: () => void;
}

interface Surroundings {
  readonly MessageChannel?: new () => { readonly port1: Port; readonly port2: Port };
  readonly setTimeout?: (done: () => void, milliseconds: number) => unknown;
}

/** A message to oneself: browsers hold back a timer for 4 ms once some were set in a row (HTML, timer initialization steps). */
export function turn(): Promise<void> {
  const { MessageChannel, setTimeout } = globalThis as unknown as Surroundings;
  if (MessageChannel === undefined)
    return setTimeout === undefined
      ? Promise.resolve()
      : new Promise((resolve) => void setTimeout(resolve, 0));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      // An open port keeps a process of Node alive.
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
