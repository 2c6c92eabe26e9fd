import type { lookup as dnsLookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import ipaddr from 'ipaddr.js';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Finds all addresses of a host name. */
export type Lookup = (hostname: string) => Promise<string[]>;

/** The system's resolver. */
export function systemLookup(lookup: typeof dnsLookup): Lookup {
  return async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address);
}

/** Whether an address is in one of the networks; what is no address is in none. */
export function isInside(address: string, networks: readonly Network[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return networks.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits));
}

/** Addresses of version 4 written as ones of version 6 without a mark of it (RFC 4291 §2.5.5.1): nobody has such. */
const COMPATIBLE = ipaddr.parseCIDR('::/96');

/** Whether an address belongs to the public internet: no loopback, link-local, private, shared or reserved one. */
function isPublic(address: string): boolean {
  const parsed = ipaddr.process(address);
  const isCompatible = parsed.kind() === 'ipv6' && parsed.match(COMPATIBLE);
  return parsed.range() === 'unicast' && !isCompatible;
}

/** Tells which addresses may be reached that other people's DNS names: public ones, and those the administrator named. */
export function makeIsReachable(networks: readonly Network[]): (address: string) => boolean {
  return (address) => isPublic(address) || isInside(address, networks);
}

/** A host that is not reached: it has an address that is neither public nor in a network the administrator named. */
export class PrivateAddress extends Error {
  override readonly name = 'PrivateAddress';
}

/** Asks for what is at an address (GET); the answer's body is still to come. Redirections are not followed. */
export type Reach = (
  url: URL,
  options: { signal: AbortSignal; headers: Record<string, string> },
) => Promise<IncomingMessage>;

/**
 * Reads from addresses that people give us. Every address of the host is looked at first, and the connection goes to
 * one of those, whatever the name says a moment later (A41, A90).
 * @throws {PrivateAddress} before anything is sent; other errors where the host has no address or does not answer.
 */
export function makeReach(networks: readonly Network[], lookup: Lookup): Reach {
  const isReachable = makeIsReachable(networks);
  return async (url, { signal, headers }) => {
    const host = url.hostname.replace(/^\[|\]$/gu, '');
    const addresses = ipaddr.isValid(host) ? [host] : await lookup(host);
    if (!addresses.every(isReachable)) throw new PrivateAddress('an address of the host is private');
    signal.throwIfAborted();
    // A connection of its own: one that is kept open may have been made when the name said something else.
    return send(addresses, url, { headers, signal }, { agent: false });
  };
}

/** Larger than any key set, and far larger than what answers a logout message; in bytes. */
const ANSWER_LIMIT = 256 * 1024;

/**
 * Outgoing requests of the protocol (logout messages, clients' keys). The library lets none reach a private address;
 * this lifts that for hosts whose every address lies in a network the administrator named, and for nothing else. The
 * connection goes to an address that was looked at, whatever the name says a moment later (A41).
 */
export function makeFetch(networks: readonly Network[], lookup: Lookup) {
  return async (url: string | URL, options: RequestInit): Promise<Response> => {
    const { hostname } = new URL(url);
    const host = hostname.replace(/^\[|\]$/gu, '');
    const addresses = networks.length === 0 ? [] : ipaddr.isValid(host) ? [host] : await lookup(host).catch(() => []);
    const [address] = addresses;
    const allowed = address !== undefined && addresses.every((each) => isInside(each, networks));
    return allowed ? fetchFrom(address, new URL(url), options) : fetch(url, options);
  };
}

/** One request to this very address. Redirections are not followed. */
async function fetchFrom(address: string, url: URL, options: RequestInit): Promise<Response> {
  const received = await send([address], url, options);
  const { statusCode = 502, headers } = received;
  const body = await collect(received, ANSWER_LIMIT);
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as [string, string]] : [],
  );
  const isEmpty = statusCode === 204 || statusCode === 304;
  return new Response(isEmpty ? null : body, { status: statusCode, headers: kept });
}

function send(
  addresses: readonly string[],
  url: URL,
  { method = 'GET', headers, signal, body }: RequestInit,
  more: Pick<RequestOptions, 'agent'> = {},
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const all = addresses.map((address) => ({ address, family: ipaddr.parse(address).kind() === 'ipv4' ? 4 : 6 }));
  const options: RequestOptions = {
    ...more,
    method,
    headers: Object.fromEntries(new Headers(headers)),
    ...(signal == null ? {} : { signal }),
    lookup(_host, wanted, done) {
      const [first] = all;
      if (first === undefined) done(new Error('no address'), '');
      else if (wanted.all === true) done(null, all);
      else done(null, first.address, first.family);
    },
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, options, resolve);
    sent.once('error', reject);
    sent.end(body == null ? undefined : bodyOf(body));
  });
}

/** What a request carries: the protocol sends forms, as text or as parameters. */
function bodyOf(body: NonNullable<RequestInit['body']>): string {
  if (typeof body === 'string' || body instanceof URLSearchParams) return body.toString();
  throw new TypeError('a body of another kind');
}

async function collect(stream: AsyncIterable<unknown>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > limit) throw new Error('the answer is too large');
  }
  return new Uint8Array(Buffer.concat(chunks));
}
