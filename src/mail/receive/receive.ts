import type { Config } from '../../config.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { Arrival, Client, Envelope, Reply, Target } from '../arrival.ts';

/** Whom the dialogue asks. Both answer alike for every account behind an alias (P6). */
export type Relay = {
  /**
   * What an address is, or why it takes no mail. Asked once for each RCPT TO, with an address of the alias domain that
   * is whole and in small letters. A reply of 5xx counts as an address that does not exist.
   */
  recipient(address: string, envelope: Envelope): Promise<Target | Reply>;
  /**
   * Takes a message or refuses it. It may answer before it has read the body to its end only where it refuses: what
   * was answered 250 without that is answered 451 instead. Where the body throws, so should this: the reply is known then.
   */
  accept(arrival: Arrival): Promise<Reply>;
};

export type ReceiverNeeds = {
  readonly config: Pick<
    Config,
    | 'ALUCO_ALIAS_DOMAIN'
    | 'ALUCO_PRIVATE_NETWORKS'
    | 'ALUCO_RELAY'
    | 'ALUCO_RELAY_CERTIFICATE'
    | 'ALUCO_RELAY_CERTIFICATE_KEY'
    | 'ALUCO_RELAY_NAME'
    | 'ALUCO_RELAY_PEERS'
    | 'ALUCO_SUBMISSION'
    | 'ALUCO_URL'
  >;
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
