import { Readable } from 'node:stream';
import type { Arrival, Reply, Target } from '../../src/mail/arrival.ts';
import { readHead } from '../../src/mail/head.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import type { RelayHouse, Sender, Words } from '../mail/relay-house.ts';

/** A machine that is nobody's: a documentation address (RFC 5737). */
const CLIENT = { address: '192.0.2.40', name: 'app.example', isEncrypted: false };

const targetOf = (place: RelayHouse, { id: profileId, applicationId, aliasLocal }: Profile): Target => ({
  kind: 'profile',
  address: place.aliasOf({ aliasLocal }),
  profileId,
  applicationId,
});

/** Gives a message to the relay as the receiving side does, past its limits of messages in a minute; the SMTP reply. */
export function handOver(
  place: RelayHouse,
  message: Buffer | string,
  from: string,
  ...to: readonly Profile[]
): Promise<Reply> {
  const octets = Buffer.from(message);
  const end = octets.indexOf('\r\n\r\n') + 4;
  const arrival: Arrival = {
    client: CLIENT,
    applicationId: undefined,
    from,
    targets: to.map((profile) => targetOf(place, profile)),
    head: readHead(octets.subarray(0, end)),
    body: Readable.from([octets.subarray(end)]),
  };
  return place.house.parts.relay.accept(arrival);
}

/** Has an application write, signed, one message to some profiles. */
export async function notify(place: RelayHouse, sender: Sender, to: readonly Profile[], words?: Words): Promise<Reply> {
  const message = await sender.signed(place.message(sender, `undisclosed@${sender.domain}`, words));
  return handOver(place, message, `bounces@${sender.domain}`, ...to);
}

/** Has somebody else write, who is of no application. */
export function intrude(place: RelayHouse, to: Profile, words?: Words): Promise<Reply> {
  const message = place.message({ domain: 'stranger.example' }, place.aliasOf(to), words);
  return handOver(place, message, 'somebody@stranger.example', to);
}
