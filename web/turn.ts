// Lets the event loop run what waits there: messages, aborts, rendering. setTimeout would be held back 4 ms each time.

const kChannel = typeof setImmediate === 'function' ? undefined : new MessageChannel();
const waiting: (() => void)[] = [];
if (kChannel !== undefined) kChannel.port1.onmessage = () => waiting.shift()?.();

export function turn(): Promise<void> {
  if (kChannel === undefined) return new Promise((resolve) => void setImmediate(resolve));
  return new Promise((resolve) => {
    waiting.push(resolve);
    kChannel.port2.postMessage(undefined);
  });
}
