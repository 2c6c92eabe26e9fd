import type { IncomingMessage, ServerResponse } from 'node:http';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { siteOf } from '../accounts/accounts.ts';

/** How many requests that leave a row behind one network may send in a minute, whoever it says it is (P8). */
const PER_MINUTE = 600;

/** A pushed request is kept until it is used; a proof of possession until it has run out, so that it is used once. */
function leavesRow(req: IncomingMessage): boolean {
  return req.headers['dpop'] !== undefined || (req.method === 'POST' && (req.url ?? '').startsWith('/oidc/par'));
}

/**
 * Keeps the requests that anybody can send, and that each write a row, to a pace that does no harm.
 * @returns whether the request was answered here: 429 with Retry-After, the error that says "later" to a client (RFC 6749 §4.1.2.1).
 */
export function makePace() {
  const pace = new RateLimiterMemory({ points: PER_MINUTE, duration: 60 });
  return async function isTooFast(req: IncomingMessage, res: ServerResponse, network: string): Promise<boolean> {
    if (!leavesRow(req)) return false;
    try {
      await pace.consume(siteOf(network));
      return false;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      res.writeHead(429, {
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        'retry-after': String(Math.ceil(refusal.msBeforeNext / 1000)),
      });
      res.end(JSON.stringify({ error: 'temporarily_unavailable', error_description: 'too many requests, try later' }));
      return true;
    }
  };
}
