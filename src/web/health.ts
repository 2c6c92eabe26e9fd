import { createHash, timingSafeEqual } from 'node:crypto';
import { Router, type Request, type RequestHandler } from 'express';
import type { Metrics, Route, Seen } from '../metrics.ts';
import type { Readiness } from '../storage/readiness.ts';
import { neverStore } from './safety.ts';

type Needs = {
  readiness: Readiness;
  metrics: Metrics;
  /** What a reader of the counters must present; empty: there is nothing to read. */
  token: string;
  seen: () => Promise<Seen>;
};

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

function presents(req: Request, token: string): boolean {
  const [scheme, given = '', ...rest] = (req.get('authorization') ?? '').split(' ');
  const isRight = timingSafeEqual(digest(given), digest(token));
  return token !== '' && scheme?.toLowerCase() === 'bearer' && rest.length === 0 && isRight;
}

/** For whoever watches over the program: without cookies, without a word more than they need. */
export function healthRoutes({ readiness, metrics, token, seen }: Needs): Router {
  const router = Router();

  /** The process answers. The database is not asked: a restart would not bring it back. */
  router.get('/healthz', neverStore, (_req, res) => {
    res.type('text').send('ok\n');
  });

  /** Whether requests should come here now. */
  router.get('/readyz', neverStore, async (_req, res) => {
    const problem = await readiness.ask();
    res.status(problem === undefined ? 200 : 503);
    res.type('text').send(`${problem ?? 'ok'}\n`);
  });

  /** The counters. Without the token there is no such page. */
  router.get('/metrics', neverStore, async (req, res, next) => {
    if (!presents(req, token)) return next();
    const { type, text } = await metrics.render(await seen());
    res.setHeader('content-type', type);
    return res.send(text);
  });

  return router;
}

const PROTOCOL: Readonly<Record<string, Route>> = {
  '/oidc/authorize': 'authorize',
  '/oidc/token': 'token',
  '/oidc/userinfo': 'userinfo',
};

function routeOf(path: string): Route {
  const known = Object.hasOwn(PROTOCOL, path) ? PROTOCOL[path] : undefined;
  if (known !== undefined) return known;
  if (/^\/(healthz|readyz|metrics|doctor)$/u.test(path)) return 'watch';
  if (path.startsWith('/assets/')) return 'assets';
  if (path.startsWith('/oidc/') || path.startsWith('/.well-known/')) return 'protocol';
  if (path.startsWith('/journey/')) return 'journey';
  return path.startsWith('/admin') ? 'admin' : 'portal';
}

/** Counts every answer and how long it took. One that was cut off before it was sent counts as a 499. */
export function measure(metrics: Metrics): RequestHandler {
  return (req, res, next) => {
    const asked = performance.now();
    const route = routeOf(req.path);
    res.once('close', () => {
      metrics.request(route, res.writableFinished ? res.statusCode : 499, (performance.now() - asked) / 1000);
    });
    next();
  };
}
