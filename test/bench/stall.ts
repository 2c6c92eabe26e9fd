/**
 * Loaded into a server before the program (`node --import`), so that the program itself needs no door for it: tells the
 * parent process, when it asks, the longest stall of the event loop since it asked last.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What is told, in milliseconds: the longest turn by the clock, and the most processor time in one turn. */
export type Stall = { readonly longest: number; readonly busiest: number };

const delays = monitorEventLoopDelay({ resolution: 1 });
delays.enable();

// On a machine with other work the clock also counts what the others took; processor time does not.
let busiest = 0;
let before = process.threadCpuUsage();
setInterval(() => {
  const used = process.threadCpuUsage(before);
  before = process.threadCpuUsage();
  busiest = Math.max(busiest, (used.user + used.system) / 1000);
}, 1).unref();

process.on('message', () => {
  const stall: Stall = { longest: delays.max / 1e6, busiest };
  delays.reset();
  busiest = 0;
  process.send?.(stall);
});
process.channel?.unref();
