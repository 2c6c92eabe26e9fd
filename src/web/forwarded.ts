import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import ipaddr from 'ipaddr.js';
import type { Config } from '../config.ts';

type Networks = Config['ALUCO_TRUSTED_PROXIES'];

/** A chain of more proxies is nobody's. */
const MOST = 20;

/** Everything a proxy, or somebody who passes for one, may say of where a request comes from or went to. */
const HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-forwarded-prefix',
  'x-original-host',
  'x-original-url',
  'x-rewrite-url',
  'x-real-ip',
  'true-client-ip',
  'cf-connecting-ip',
];

/** An address without the zone of this machine that it is in, whose name may have letters that the library refuses. */
const parse = (address: string): ipaddr.IPv4 | ipaddr.IPv6 => ipaddr.process(address.replace(/%.*$/u, ''));

/** Whether an address is one of the trusted proxies'. */
export const isTrusted =
  (networks: Networks) =>
  (address: string): boolean => {
    if (isIP(address) === 0) return false;
    const parsed = parse(address);
    return networks.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits));
  };

/** The address in one part of X-Forwarded-For, with or without a port. */
function addressIn(part: string): string | undefined {
  const text = part.trim();
  const bare = /^\[([^\]]+)\](?::\d{1,5})?$/u.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/u.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? undefined : bare;
}

/** The addresses of a chain, the nearest last; what stands before something that is no address was not checked by anybody. */
function chainOf(header: string): string[] {
  const chain: string[] = [];
  for (const part of header.split(',').slice(-MOST).toReversed()) {
    const address = addressIn(part);
    if (address === undefined) break;
    chain.unshift(address);
  }
  return chain;
}

/**
 * Leaves of a request only what may be believed of where it comes from: X-Forwarded-For, from a trusted proxy, as far
 * as it can be read. Our own address is a setting and never asked of a header, nor of a whole address in the request
 * line, of which only the path is kept (A46, A47).
 */
export function believeOnly(networks: Networks): RequestHandler {
  const trusts = isTrusted(networks);
  return (req, _res, next) => {
    const said = req.headers['x-forwarded-for'];
    for (const name of HEADERS) delete req.headers[name];
    const chain = typeof said === 'string' && trusts(req.socket.remoteAddress ?? '') ? chainOf(said) : [];
    if (chain.length > 0) req.headers['x-forwarded-for'] = chain.join(', ');
    if (/^https?:\/\//iu.test(req.url)) {
      const { pathname, search } = URL.canParse(req.url) ? new URL(req.url) : { pathname: '/', search: '' };
      req.url = pathname + search;
      req.originalUrl = req.url;
    }
    next();
  };
}

/** What arrived of a request's way here, for whoever sets the trusted proxies. */
export type Arrival = {
  /** Who connected to us. */
  readonly peer: string;
  /** X-Forwarded-For as it came, believed or not. */
  readonly forwarded: string;
  /** Where the request is taken to come from. */
  readonly address: string;
  readonly trusted: boolean;
};

/** How a request came here. */
export function arrivalOf(req: Request, networks: Networks): Arrival {
  const peer = plain(req.socket.remoteAddress ?? '');
  const said = req.rawHeaders.filter(
    (_, index, all) => all[index - 1]?.toLowerCase() === 'x-forwarded-for' && index % 2,
  );
  return {
    peer,
    forwarded: said.join(', ').slice(0, 300),
    address: plain(req.ip ?? ''),
    trusted: isTrusted(networks)(peer),
  };
}

/** An address as people write it: IPv4 also where it was mapped into IPv6. */
function plain(address: string): string {
  return isIP(address) === 0 ? address : parse(address).toString();
}
