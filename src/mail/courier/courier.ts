import os from 'node:os';
import type { Config } from '../../config.ts';
import { makeIsReachable } from '../../private-networks.ts';
import type { Seals } from '../../storage/seal.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Dns } from '../dns.ts';
import { makeCarrier, type Carrier } from './carrier.ts';
import { makeDestinations, type Trouble } from './destinations.ts';
import { readAddress } from './envelope.ts';
import { exchangerRoute, type Own } from './exchangers.ts';
import type { Route } from './host.ts';
import { hostFails } from './judge.ts';
import type { Limits } from './limits.ts';
import type { Dispatch, Outcome } from './outcome.ts';
import { makeSlots } from './slots.ts';
import { smartHostRoute } from './smart-host.ts';

export type { Carrier } from './carrier.ts';
export type { Trouble } from './destinations.ts';
export { within } from './limits.ts';
export type { Dispatch, Outcome, Refusal } from './outcome.ts';
export { readSmartHost } from './smart-host.ts';

/** Messages on their way at the same time. */
const AT_ONCE = 40;
const SMTP = 25;

/** Brings messages to the mail server that answers for a mailbox, or to the smart host. */
export type Courier = {
  /**
   * Sends a message, once it is its turn. It never waits for a destination that is left alone: ask `mayTry` before.
   * From its turn on it takes `longestFor` its size at most.
   * @throws what `signal` gives as its reason, and what reading the body threw; nothing else
   */
  send(dispatch: Dispatch): Promise<Outcome>;
  /** When mail to this mailbox may be tried again, in milliseconds; undefined: now, and by whoever asked first. */
  mayTry(to: string): Promise<number | undefined>;
  /** Has every destination tried at once, however it did: an administrator has mended something. */
  forgive(): Promise<void>;
  /** Destinations that take nothing at present. Names of domains, for the page of administrators alone. */
  trouble(): Promise<Trouble[]>;
  /** Removes what is known of destinations that nobody tried for long; for the clock, about once an hour. */
  sweep(): Promise<void>;
  /** Ends every connection, those in use too; nothing is sent any more. */
  close(): void;
};

/** The settings that say where mail goes and who we are. `ALUCO_SMTP` is not empty. */
export type CourierConfig = Pick<
  Config,
  'ALUCO_ALIAS_DOMAIN' | 'ALUCO_PRIVATE_NETWORKS' | 'ALUCO_RELAY' | 'ALUCO_RELAY_NAME' | 'ALUCO_SMTP' | 'ALUCO_URL'
>;

type Way = {
  readonly config: CourierConfig;
  readonly dns: Pick<Dns, 'mx' | 'addresses'>;
  /** Where the mail servers of other domains listen; 25 outside of tests. */
  readonly port?: number;
  readonly limits?: Limits | undefined;
};

const greetingName = ({ ALUCO_RELAY_NAME: name, ALUCO_URL: url }: CourierConfig): string =>
  name === '' ? new URL(url).hostname : name;

/** Whom mail must not go to, as it would come back at once. */
function ownOf(config: CourierConfig, port: number): Own {
  const names = new Set([greetingName(config), config.ALUCO_ALIAS_DOMAIN].map((name) => name.toLowerCase()));
  const [, listening] = /:(\d+)$/u.exec(config.ALUCO_RELAY) ?? [];
  const here = new Set(
    Number(listening) === port
      ? Object.values(os.networkInterfaces())
          .flatMap((all) => all ?? [])
          .map((one) => one.address)
      : [],
  );
  return { isName: (name) => names.has(name), isAddress: (address) => here.has(address) };
}

/** Where mail is not sent at all: what was left when it still was waits for the next way. */
const NOWHERE: Route = {
  destinationOf: (domain) => domain,
  atOnce: 1,
  hostsOf: () => Promise.resolve(hostFails('ENOHOST', '4.4.4')),
};

function routeOf({ config, dns, port = SMTP }: Way): Route {
  if (config.ALUCO_SMTP === '') return NOWHERE;
  if (config.ALUCO_SMTP !== 'mx:') return smartHostRoute(config.ALUCO_SMTP);
  const isReachable = makeIsReachable(config.ALUCO_PRIVATE_NETWORKS);
  return exchangerRoute({ dns, isReachable, own: ownOf(config, port), port });
}

/** Connections of their own on the same way, for whoever keeps their own account of what fails. */
export function openCarrier(way: Way): Carrier {
  return makeCarrier({ route: routeOf(way), name: greetingName(way.config), limits: way.limits });
}

type Needs = Way & { readonly storage: Storage; readonly seals: Seals; readonly now: () => number };

export function makeCourier(needs: Needs): Courier {
  const route = routeOf(needs);
  const carrier = makeCarrier({ route, name: greetingName(needs.config), limits: needs.limits });
  const destinations = makeDestinations(needs);
  const slots = makeSlots(AT_ONCE, route.atOnce);
  let isClosed = false;

  const destinationOf = (to: string): string | undefined => {
    const domain = readAddress(to)?.domain;
    return domain === undefined ? undefined : route.destinationOf(domain);
  };

  async function note(name: string, outcome: Outcome): Promise<void> {
    try {
      if (outcome.kind === 'refused' && outcome.fault === 'host') await destinations.failed(name, outcome.code);
      else await destinations.worked(name);
    } catch {
      // What became of the message counts, whether or not it can be written: this node knows, and the next attempt
      // writes again.
    }
  }

  return {
    async send(dispatch) {
      const name = destinationOf(dispatch.to);
      // What is no address gets the carrier's answer, and is no destination.
      if (name === undefined) return carrier.carry(dispatch);
      const outcome = await slots.run(name, dispatch.signal, () => carrier.carry(dispatch));
      // What ends because we end says nothing of the others.
      if (!isClosed) await note(name, outcome);
      return outcome;
    },

    async mayTry(to) {
      const name = destinationOf(to);
      return name === undefined ? undefined : destinations.mayTry(name);
    },

    forgive: () => destinations.forgive(),
    trouble: () => destinations.trouble(),
    sweep: () => destinations.sweep(),

    close() {
      isClosed = true;
      carrier.close();
    },
  };
}
