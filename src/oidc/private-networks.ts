import type { lookup as dnsLookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Finds all addresses of a host name. */
export type Lookup = (hostname: string) => Promise<string[]>;

/** The system's resolver. */
export function systemLookup(lookup: typeof dnsLookup): Lookup {
  return async (hostname) => (await lookup(hostname, { all: true })).map(({ address }) => address);
}

function isInside(address: string, networks: readonly Network[]): boolean {
  const parsed = ipaddr.process(address);
  return networks.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits));
}

/**
 * Outgoing requests of the protocol (logout messages, clients' keys). The library lets none reach a private address;
 * this lifts that for hosts whose every address lies in a network the administrator named, and for nothing else.
 */
export function makeFetch(networks: readonly Network[], lookup: Lookup) {
  return async (url: string | URL, options: RequestInit): Promise<Response> => {
    const { hostname } = new URL(url);
    const host = hostname.replace(/^\[|\]$/gu, '');
    const addresses = networks.length === 0 ? [] : ipaddr.isValid(host) ? [host] : await lookup(host).catch(() => []);
    const allowed = addresses.length > 0 && addresses.every((address) => isInside(address, networks));
    if (!allowed) return fetch(url, options);
    // The library's guard travels as `dispatcher`: without it the connection is not cut.
    const { dispatcher: _, ...unguarded } = options as RequestInit & { dispatcher?: unknown };
    return fetch(url, { ...unguarded, redirect: 'manual' });
  };
}
