import { randomInt } from 'node:crypto';
import { isMissing, type Dns, type MailHost } from '../dns.ts';
import { isHostName } from './envelope.ts';
import type { Host, Route } from './host.ts';
import { hostFails, neverTaken } from './judge.ts';
import type { Refusal } from './outcome.ts';

/** No more hosts of a domain are tried, nor more addresses of one. */
const HOSTS = 5;
const ADDRESSES = 6;
/** Messages to one domain at the same time: as many as others send it. */
const AT_ONCE = 10;

/** This instance, as it may be met in DNS: mail must never be sent back to it. */
export type Own = {
  isName(name: string): boolean;
  /** Whether what listens there, on the port mail is sent to, is the relay itself. */
  isAddress(address: string): boolean;
};

type Needs = {
  readonly dns: Pick<Dns, 'mx' | 'addresses'>;
  /** Whether an address may be reached that a domain of other people names. */
  readonly isReachable: (address: string) => boolean;
  readonly own: Own;
  readonly port: number;
};

type Found = readonly [Host, ...Host[]] | Refusal;
type Looked = { readonly host: Host | undefined; readonly why: 'found' | 'none' | 'private' | 'own' | 'later' };

const LOOP = neverTaken('554', '5.4.6');

/** By priority, in no order among equals (RFC 5321 §5.1). */
const inTurn = (hosts: readonly MailHost[]): MailHost[] =>
  hosts
    .map((host) => ({ ...host, lot: randomInt(2 ** 32) }))
    .toSorted((a, b) => a.priority - b.priority || a.lot - b.lot);

/**
 * The way straight to the mail server of each domain: its MX (RFC 5321 §5.1; a null MX as RFC 7505 has it), or its own
 * addresses where it has none. A domain cannot point us at a private network, nor at ourselves.
 */
export function exchangerRoute({ dns, isReachable, own, port }: Needs): Route {
  async function lookAt(name: string): Promise<Looked> {
    if (own.isName(name)) return { host: undefined, why: 'own' };
    try {
      const all = await dns.addresses(name);
      if (all.length === 0) return { host: undefined, why: 'none' };
      const reachable = all.filter(isReachable);
      if (reachable.length === 0) return { host: undefined, why: 'private' };
      const addresses = reachable.filter((address) => !own.isAddress(address)).slice(0, ADDRESSES);
      if (addresses.length === 0) return { host: undefined, why: 'own' };
      const host = { key: `mx:${name}`, name, port, addresses, implicitTls: false, verified: false };
      return { host, why: 'found' };
    } catch {
      return { host: undefined, why: 'later' };
    }
  }

  /** What is said of a domain none of whose hosts can be tried. */
  function nowhere(looked: readonly Looked[], isItself: boolean): Refusal {
    const is = (why: Looked['why']): boolean => looked.some((one) => one.why === why);
    if (is('later')) return hostFails('EDNS', '4.4.3');
    if (is('own')) return LOOP;
    if (is('private')) return hostFails('EPRIVATE', '4.4.4');
    return isItself ? neverTaken('550', '5.1.2') : hostFails('EDNS', '4.4.4');
  }

  async function look(domain: string): Promise<Found> {
    if (!isHostName(domain)) return neverTaken('550', '5.1.2');
    if (own.isName(domain)) return LOOP;
    let records: MailHost[] = [];
    try {
      records = await dns.mx(domain);
    } catch (error) {
      if (!isMissing(error)) return hostFails('EDNS', '4.4.3');
    }
    const hosts = records
      .map(({ exchange, priority }) => ({ exchange: exchange.replace(/\.$/u, '').toLowerCase(), priority }))
      .filter(({ exchange }) => isHostName(exchange));
    if (records.length > 0 && records.every(({ exchange }) => /^\.?$/u.test(exchange)))
      return neverTaken('556', '5.1.10');
    if (records.length > 0 && hosts.length === 0) return hostFails('EDNS', '4.4.4');
    const isItself = records.length === 0;
    const all = isItself ? [{ exchange: domain, priority: 0 }] : hosts;
    const looked = await Promise.all(
      inTurn(all)
        .slice(0, HOSTS)
        .map(async ({ exchange, priority }) => ({ priority, ...(await lookAt(exchange)) })),
    );
    // Whoever is a host of the domain itself passes on to better ones only, or mail would go round.
    const limit = Math.min(...looked.map(({ why, priority }) => (why === 'own' ? priority : Infinity)));
    const [first, ...more] = looked.flatMap(({ host, priority }) =>
      host === undefined || priority >= limit ? [] : [host],
    );
    return first === undefined ? nowhere(looked, isItself) : [first, ...more];
  }

  return { destinationOf: (domain) => domain, atOnce: AT_ONCE, hostsOf: look };
}
