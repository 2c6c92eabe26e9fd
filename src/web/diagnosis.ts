import { createHmac, timingSafeEqual } from 'node:crypto';
import { Router } from 'express';
import { neverStore } from './safety.ts';

/** How a request of `aluco doctor` arrived. */
export type Arrival = {
  /** Who spoke to us: the proxy, where there is one. */
  readonly peer: string;
  /** Whether a proxy at that address is believed. */
  readonly believed: boolean;
  /** The last addresses of X-Forwarded-For as it came. */
  readonly forwarded: readonly string[];
  /** Whom we take for the client, and count attempts by. */
  readonly client: string;
};

/** A token is good for so long, either way, in milliseconds. */
const LIFE = 300_000;

const sign = (key: string, at: string): string => createHmac('sha256', key).update(at).digest('base64url');

/** What shows that a request comes from somebody who holds the master key. */
export function diagnosisToken(key: string, now: number): string {
  return `${now}.${sign(key, String(now))}`;
}

function isGood(keys: readonly string[], token: string, now: number): boolean {
  const [at = '', signature = ''] = token.split('.', 2);
  if (!/^\d{1,16}$/u.test(at) || Math.abs(now - Number(at)) > LIFE) return false;
  return keys.some((key) => {
    const [expected, presented] = [Buffer.from(sign(key, at)), Buffer.from(signature)];
    return expected.length === presented.length && timingSafeEqual(expected, presented);
  });
}

type Needs = { keys: readonly string[]; now: () => number; isTrusted: (address: string) => boolean };

/** For `aluco doctor` alone: how its request arrived. For everybody else there is no such page. */
export function diagnosisRoutes({ keys, now, isTrusted }: Needs): Router {
  const router = Router();
  router.get('/doctor', neverStore, (req, res, next) => {
    const [scheme, token = ''] = (req.get('authorization') ?? '').split(' ', 2);
    if (scheme !== 'Bearer' || !isGood(keys, token, now())) return next();
    const peer = req.socket.remoteAddress ?? '';
    const arrival: Arrival = {
      peer,
      believed: isTrusted(peer),
      forwarded: (req.get('x-forwarded-for') ?? '')
        .slice(-500)
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .slice(-5),
      client: req.ip ?? '',
    };
    return res.json(arrival);
  });
  return router;
}
