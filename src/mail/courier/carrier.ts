import { readAddress } from './envelope.ts';
import type { Host, Route } from './host.ts';
import { hostFails, judge, neverTaken } from './judge.ts';
import { LIMITS, longestFor, type Limits } from './limits.ts';
import { NoTls, openLine, type Attempt, type Line } from './line.ts';
import type { Dispatch, Outcome, Refusal } from './outcome.ts';
import { makePool } from './pool.ts';

const HOUR = 3_600_000;
/** Hosts that are remembered to have no working TLS. */
const PLAIN_MAX = 1000;

type Needs = {
  readonly route: Route;
  /** By which we greet. */
  readonly name: string;
  readonly limits?: Limits | undefined;
};

export type Carrier = ReturnType<typeof makeCarrier>;

/** A message or a connection that was given up because everything is. */
const closed = (): Refusal => hostFails('ECONNECTION', '4.4.2');

/** Carries messages over pooled connections to the hosts of a route, and keeps no account of how they do. */
export function makeCarrier({ route, name, limits = LIMITS }: Needs) {
  const pool = makePool();
  const closing = new AbortController();
  /** Hosts that offer STARTTLS in vain, until when they are spoken to without. */
  const plain = new Map<string, number>();

  async function open(host: Host, time: number, given: AbortSignal | undefined): Promise<Line> {
    const signal = given === undefined ? closing.signal : AbortSignal.any([given, closing.signal]);
    const opening = { name, limits, signal, time };
    const isPlain = (plain.get(host.key) ?? 0) > performance.now();
    const begun = performance.now();
    try {
      return await openLine(host, { ...opening, isPlain });
    } catch (error) {
      if (!(error instanceof NoTls)) throw error;
      // Somebody on the way who breaks TLS could as well hide that it is offered (RFC 7435).
      const line = await openLine(host, { ...opening, isPlain: true, time: time - (performance.now() - begun) });
      if (plain.size >= PLAIN_MAX) plain.clear();
      plain.set(host.key, performance.now() + HOUR);
      return line;
    }
  }

  async function sendOn(line: Line, host: Host, dispatch: Dispatch, time: number): Promise<Attempt> {
    try {
      return await line.send(dispatch, time);
    } finally {
      pool.giveBack(line, dispatch.isPrivate === true ? undefined : host.key);
    }
  }

  async function attempt(host: Host, dispatch: Dispatch, left: () => number): Promise<Attempt> {
    if (dispatch.isPrivate !== true) {
      for (let kept = pool.take(host.key); kept !== undefined; kept = pool.take(host.key)) {
        const made = await sendOn(kept, host, dispatch, left());
        const { outcome, isBegun } = made;
        // The host may have ended an idle connection in this very moment: that says nothing of how it does.
        if (isBegun || outcome.kind === 'taken' || outcome.fault === 'message' || left() <= 0) return made;
      }
    }
    pool.makeRoom();
    let line: Line;
    try {
      line = await open(host, left(), dispatch.signal);
    } catch (error) {
      dispatch.signal?.throwIfAborted();
      const outcome = closing.signal.aborted ? closed() : judge(error);
      return { outcome, isBegun: false, isSpent: false };
    }
    pool.add(line);
    return sendOn(line, host, dispatch, left());
  }

  return {
    /**
     * Sends a message to the first host of the way that does not fail, within `longestFor` its size.
     * @throws the reason of its signal, and what reading its body threw
     */
    async carry(dispatch: Dispatch): Promise<Outcome> {
      const to = readAddress(dispatch.to);
      const from = dispatch.from === '' ? { address: '' } : readAddress(dispatch.from);
      if (to === undefined || from === undefined) return neverTaken('553', '5.1.3');
      const until = performance.now() + longestFor(dispatch.size, limits);
      const left = (): number => until - performance.now();
      const hosts = await route.hostsOf(to.domain);
      if ('kind' in hosts) return hosts;
      let outcome: Outcome = closed();
      for (const host of hosts) {
        dispatch.signal?.throwIfAborted();
        if (closing.signal.aborted) return closed();
        const made = await attempt(host, { ...dispatch, to: to.address, from: from.address }, left);
        ({ outcome } = made);
        // One that has the whole message may have taken it: another would make it two.
        if (outcome.kind === 'taken' || outcome.fault === 'message' || made.isSpent || left() <= 0) break;
      }
      return outcome;
    },

    /** Goes as far as a message could be sent to the first host, and sends none. Returns why it could not. */
    async check(): Promise<Refusal | undefined> {
      const hosts = await route.hostsOf('');
      if ('kind' in hosts) return hosts;
      try {
        (await open(hosts[0], limits.total, undefined)).quit();
        return undefined;
      } catch (error) {
        return judge(error instanceof NoTls ? error.cause : error);
      }
    },

    /** Ends every connection, those in use too, and opens none any more. */
    close(): void {
      closing.abort(new Error('the carrier is closed'));
      pool.close();
    },
  };
}
