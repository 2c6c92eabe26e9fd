import type { Terminal } from '../verb.ts';

/** How often it is said how far something is, in milliseconds: on a terminal on one line, else on lines of their own. */
const [ON_ONE_LINE, ON_LINES] = [500, 10_000];

type Now = { readonly lines: number; readonly bytes: number };

/** Minutes and seconds. */
function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/**
 * Says how far a file of `bytes` is read: lines, lines a second, time left. `bytes` is undefined where nobody knows. The
 * rate is that of this run, wherever an earlier one came to.
 */
export function makeProgress(
  { status, complain }: Terminal,
  what: string,
  bytes: number | undefined,
  now: () => number = () => performance.now(),
) {
  const started = now();
  let said = started;
  let first: Now | undefined;
  return {
    tell(at: Now): void {
      first ??= at;
      const time = now();
      if (time - said < (status === undefined ? ON_LINES : ON_ONE_LINE)) return;
      said = time;
      const seconds = (time - started) / 1000;
      const rate = Math.round((at.lines - first.lines) / seconds);
      const read = at.bytes - first.bytes;
      const left = bytes === undefined || read <= 0 ? '' : `, ${clock(((bytes - at.bytes) * seconds) / read)} left`;
      const part = bytes === undefined || bytes === 0 ? '' : `, ${Math.floor((100 * at.bytes) / bytes)} %`;
      const line = `${what}: ${at.lines.toLocaleString('en')} lines${part}, ${rate.toLocaleString('en')}/s${left}`;
      (status ?? complain)(line);
    },
    end(): void {
      status?.('');
    },
  };
}
