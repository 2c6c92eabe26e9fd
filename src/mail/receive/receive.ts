import type { Config } from '../../config.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { Client, Reply } from '../arrival.ts';
import { makeCertificate } from './certificate.ts';
import type { Patience } from './dialogue.ts';
import { isIn, isLoopback, makeGate } from './gate.ts';
import type { Listener, ListenerNeeds } from './listener.ts';
import type { Relay } from './relay.ts';

export type { Relay } from './relay.ts';

export type ReceiverNeeds = {
  readonly config: Pick<
    Config,
    | 'ALUCO_PRIVATE_NETWORKS'
    | 'ALUCO_RELAY'
    | 'ALUCO_RELAY_CERTIFICATE'
    | 'ALUCO_RELAY_CERTIFICATE_KEY'
    | 'ALUCO_RELAY_NAME'
    | 'ALUCO_RELAY_PEERS'
    | 'ALUCO_SUBMISSION'
    | 'ALUCO_URL'
  >;
  /** The domain of our addresses at this moment: it is a setting of the house. */
  readonly domain: () => string;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'relayConnection' | 'relayMessage'>;
  /** Milliseconds. */
  readonly now: () => number;
  readonly relay: Relay;
  /** The application that signs in with these, if they are right. */
  authenticate(user: string, password: string, client: Client): Promise<string | undefined>;
  /** Why no mail can be taken now, if so; asked at each connection and each MAIL FROM. */
  isBusy(): Reply | undefined;
  /** Whether an address is in a network of an application: it may do what strangers may not so often. */
  isKnown(address: string): Promise<boolean>;
  /** Other times than the usual ones. */
  readonly patience?: Partial<Patience>;
};

/** Receives mail for aliases, and from applications that sign in. */
export type Receiver = {
  /**
   * Listens where the settings say.
   * @returns the ports
   * @throws what `net.Server` throws where another program has the port.
   */
  listen(): Promise<{ relay?: number; submission?: number }>;
  /** Takes no new connections, lets messages that are being received end for a short time, and ends the rest with 421. */
  close(): Promise<void>;
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const PATIENCE: Patience = { silence: 5 * MINUTE, preparing: 15 * MINUTE, message: 30 * MINUTE, grace: 5 * SECOND };

/** The address and the port in a setting like `[::]:25`. */
function endpointOf(setting: string): { host: string; port: number } {
  const colon = setting.lastIndexOf(':');
  return { host: setting.slice(0, colon).replaceAll(/[[\]]/gu, ''), port: Number(setting.slice(colon + 1)) };
}

/** Makes what receives mail: one listener for everybody, one for applications that sign in, each where it is configured. */
export function makeReceiver(needs: ReceiverNeeds): Receiver {
  const { config, log, metrics, now, relay } = needs;
  const { ALUCO_RELAY_PEERS: peers, ALUCO_PRIVATE_NETWORKS: privateNetworks } = config;
  const gate = makeGate({ peers, isKnown: needs.isKnown, now });
  const certificate = makeCertificate({
    cert: config.ALUCO_RELAY_CERTIFICATE,
    key: config.ALUCO_RELAY_CERTIFICATE_KEY,
    log,
  });
  const isOurs = (address: string): boolean =>
    isLoopback(address) || isIn(peers, address) || isIn(privateNetworks, address);

  const needsOf = (kind: 'relay' | 'submission'): ListenerNeeds => ({
    kind,
    name: config.ALUCO_RELAY_NAME === '' ? new URL(config.ALUCO_URL).hostname : config.ALUCO_RELAY_NAME,
    domain: needs.domain,
    certificate,
    gate,
    log,
    metrics,
    relay,
    authenticate: needs.authenticate,
    isBusy: needs.isBusy,
    // Where there is no certificate, whoever configured that knows the way from those networks.
    isClearAllowed: (address) => (certificate.isConfigured ? isLoopback(address) : isOurs(address)),
    mayConnect: (address) => kind === 'relay' || certificate.isConfigured || isOurs(address),
    patience: { ...PATIENCE, ...needs.patience },
  });

  const places = [
    ['relay', config.ALUCO_RELAY],
    ['submission', config.ALUCO_SUBMISSION],
  ] as const;
  const listeners: Listener[] = [];

  return {
    async listen() {
      const ports: { relay?: number; submission?: number } = {};
      for (const [kind, setting] of places) {
        if (setting === '') continue;
        // Loaded where it is used: an instance without the relay does without it.
        const { Listener } = await import('./listener.ts');
        const listener = new Listener(needsOf(kind));
        listeners.push(listener);
        const { host, port } = endpointOf(setting);
        ports[kind] = await listener.open(port, host);
      }
      return ports;
    },
    async close() {
      await Promise.all(listeners.map((listener) => listener.shut()));
    },
  };
}
