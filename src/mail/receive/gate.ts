import ipaddr from 'ipaddr.js';
import { networkOf } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import type { Reply, Target } from '../arrival.ts';
import { REPLIES } from './replies.ts';
import { makeTally } from './tally.ts';

type Networks = Config['ALUCO_RELAY_PEERS'];

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** How much of what one may do (P8). Of addresses in an application's network so many times more. */
const MOST = {
  /** At once, of everybody together. */
  connections: 500,
  /** At once, of one address. */
  connectionsOfAddress: 20,
  /** In a minute, from one network (/24, /64), of those that were not taken: an application has as many as it has people. */
  messages: 120,
  /** In ten minutes, from one network. */
  unknown: 20,
  /** In ten minutes, from one network. */
  failures: 10,
  /** For one alias, from one network. */
  aliasInMinute: 10,
  aliasInDay: 200,
} as const;
const KNOWN_FACTOR = 20;

/** Networks and aliases that are counted at once; with more, the oldest counts are forgotten. */
const KEYS_MAX = 50_000;

/** Who is being served, as far as limits go. */
export type Guest = {
  /** Where he is; empty where a mail server in front of us does not say for whom it speaks: then nothing is counted. */
  readonly address: string;
  /** Whether he signed in. */
  readonly isSignedIn: boolean;
};

export type Gate = ReturnType<typeof makeGate>;

/** An address without the zone of this machine that it is in. */
const parse = (address: string): ipaddr.IPv4 | ipaddr.IPv6 => ipaddr.process(address.replace(/%.*$/u, ''));

const plain = (address: string): string => (ipaddr.isValid(address) ? parse(address).toString() : address);

/** Whether an address lies in one of the networks. */
export function isIn(networks: Networks, address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = parse(address);
  return networks.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits));
}

export const isLoopback = (address: string): boolean =>
  ipaddr.isValid(address) && parse(address).range() === 'loopback';

/**
 * Who may do how much, counted in this process. What is asked of an alias depends on it and on who asks: who else is
 * written to, or whose it is, changes nothing (P6).
 */
export function makeGate({
  peers,
  isKnown,
  now,
}: {
  peers: Networks;
  isKnown: (address: string) => Promise<boolean>;
  now: () => number;
}) {
  const tally = (window: number) => makeTally({ window, keys: KEYS_MAX, now });
  const messages = tally(MINUTE);
  const unknown = tally(10 * MINUTE);
  const failures = tally(10 * MINUTE);
  const aliasInMinute = tally(MINUTE);
  const aliasInDay = tally(DAY);
  const inside = new Map<string, number>();
  let all = 0;

  /** Whether somebody did something as often as he may; asks who he is only where a stranger could no longer. */
  async function isOver({ address, isSignedIn }: Guest, count: number, most: number): Promise<boolean> {
    if (address === '' || count < most) return false;
    if (count >= most * KNOWN_FACTOR) return true;
    return !isSignedIn && !(await isKnown(address));
  }

  /** Whoever brings again what the application once signed must not use up what it may send itself. */
  const keyOf = (target: Target, { address }: Guest): string =>
    target.kind === 'profile' && address !== '' ? `${target.address} ${networkOf(address)}` : target.address;

  return {
    /** Whether an address is a mail server in front of us, which speaks for many. */
    isPeer: (address: string): boolean => isIn(peers, address),

    /** Counts a connection, if there is room for any; `leave` when it has ended. */
    enter(address: string): boolean {
      if (all >= MOST.connections) return false;
      all += 1;
      inside.set(plain(address), (inside.get(plain(address)) ?? 0) + 1);
      return true;
    },
    leave(address: string): void {
      all -= 1;
      const left = (inside.get(plain(address)) ?? 1) - 1;
      if (left > 0) inside.set(plain(address), left);
      else inside.delete(plain(address));
    },

    /** Why a connection that entered goes no further. */
    async mayStay(address: string): Promise<Reply | undefined> {
      if (isIn(peers, address)) return undefined;
      const guest = { address, isSignedIn: false };
      // It is counted already itself.
      if (await isOver(guest, (inside.get(plain(address)) ?? 0) - 1, MOST.connectionsOfAddress)) {
        return REPLIES.tooManyConnections;
      }
      return (await this.isOut(guest)) ? REPLIES.tooManyUnknown : undefined;
    },

    /** Whether somebody asked for so many addresses that do not exist that he hears of none for some minutes. */
    isOut: (guest: Guest): Promise<boolean> => isOver(guest, unknown.count(networkOf(guest.address)), MOST.unknown),

    /** Notes an address that does not exist. */
    noteUnknown({ address }: Guest): void {
      if (address !== '') unknown.add(networkOf(address));
    },

    /** Whether somebody may send one more message, which counts until it is `taken`. */
    async maySend(guest: Guest): Promise<boolean> {
      const network = networkOf(guest.address);
      if (await isOver(guest, messages.count(network), MOST.messages)) return false;
      messages.add(network);
      return true;
    },

    taken: ({ address }: Guest): void => messages.takeBack(networkOf(address)),

    /** Whether an address may get one more message: an alias from somebody's network, any other from all. */
    mayGet(target: Target, guest: Guest): boolean {
      const key = keyOf(target, guest);
      return aliasInMinute.count(key) < MOST.aliasInMinute && aliasInDay.count(key) < MOST.aliasInDay;
    },

    /** Notes that an address got a message. */
    noteGot(target: Target, guest: Guest): void {
      const key = keyOf(target, guest);
      aliasInMinute.add(key);
      aliasInDay.add(key);
    },

    /** Whether somebody may try to sign in; the attempt counts as a wrong one until it is `right`. */
    async mayTry(guest: Guest): Promise<boolean> {
      if (await isOver(guest, failures.count(networkOf(guest.address)), MOST.failures)) return false;
      failures.add(networkOf(guest.address));
      return true;
    },
    right: ({ address }: Guest): void => failures.takeBack(networkOf(address)),
  };
}
