import type { Line } from './line.ts';

/** An idle connection is kept for so long, in milliseconds. */
const IDLE = 5000;
/** Connections in all, those in use among them; more are never opened while one of them is idle. */
const ALL = 40;

type Idle = { readonly key: string; readonly line: Line; readonly since: number };

/** Connections that have served and may serve again, the youngest first. */
export function makePool() {
  /** The longest idle first. */
  let idle: Idle[] = [];
  const busy = new Set<Line>();
  let timer: NodeJS.Timeout | undefined;

  function endIdle(): void {
    const now = performance.now();
    for (const { line } of idle.filter(({ since }) => now - since >= IDLE)) line.quit();
    idle = idle.filter(({ line, since }) => now - since < IDLE && line.isUsable());
    timer = idle.length === 0 ? undefined : setTimeout(endIdle, IDLE / 5).unref();
  }

  return {
    /** One that is idle, and in use from now on. */
    take(key: string): Line | undefined {
      for (let at = idle.length - 1; at >= 0; at -= 1) {
        const found = idle[at];
        if (found?.key !== key) continue;
        idle.splice(at, 1);
        if (!found.line.isUsable()) continue;
        busy.add(found.line);
        return found.line;
      }
      return undefined;
    },

    /** Before a new one is opened. */
    makeRoom(): void {
      while (idle.length > 0 && idle.length + busy.size >= ALL) idle.shift()?.line.quit();
    },

    /** A new one, in use. */
    add: (line: Line): void => void busy.add(line),

    /** Gives one back; `key`: where it may serve again. */
    giveBack(line: Line, key: string | undefined): void {
      busy.delete(line);
      if (key === undefined || !line.isUsable()) return line.quit();
      idle.push({ key, line, since: performance.now() });
      timer ??= setTimeout(endIdle, IDLE / 5).unref();
    },

    /** Ends all, those in use too. */
    close(): void {
      clearTimeout(timer);
      timer = undefined;
      for (const line of [...busy, ...idle.map((one) => one.line)]) line.close();
      idle = [];
    },
  };
}
