import { createHash, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { UserError } from '../errors.ts';

/**
 * The headers of every answer. Nothing inline, nothing from elsewhere, framed by nobody. The protocol library extends
 * `script-src` by a hash for the one script it writes itself, so that directive must stand here by name.
 */
export function securityHeaders(secure: boolean): RequestHandler {
  const usual = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        workerSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Nobody else learns an address of ours. Not `no-referrer`: it makes browsers hide the origin of our own forms too.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    crossOriginEmbedderPolicy: false,
    crossOriginResourcePolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
  return (req, res, next) => {
    // Should a frame ever stand in a page of ours, it asks for no passkey.
    res.setHeader('permissions-policy', 'publickey-credentials-create=(self), publickey-credentials-get=(self)');
    usual(req, res, next);
  };
}

/**
 * Lets the forms of this page lead to `origin` as well: browsers hold form-action against the whole chain of
 * redirections that follows a form, up to the application.
 */
export function allowFormsTo(res: Response, origin: string | undefined): void {
  if (origin === undefined || !/^[\w.:/[\]-]+$/u.test(origin)) return;
  const policy = String(res.getHeader('content-security-policy') ?? '');
  res.setHeader('content-security-policy', policy.replace("form-action 'self'", `form-action 'self' ${origin}`));
}

/** Pages with anything personal on them are never kept, not even for the back button (A60). */
export function neverStore(_req: Request, res: Response, next: NextFunction): void {
  res.setHeader('cache-control', 'no-store');
  next();
}

/**
 * Refuses what changes something unless it comes from a page of ours: by Sec-Fetch-Site where the browser says it, by
 * Origin otherwise. A request with neither is no browser's and carries no cookie worth stealing, but is refused too.
 * `Origin: null` is what a browser sends that was told to hide where it comes from; then only Sec-Fetch-Site counts.
 * @throws {UserError} csrf
 */
export function sameOriginOnly(issuer: string): RequestHandler {
  return (req, _res, next) => {
    if (req.method === 'GET' || req.method === 'HEAD') return next();
    const site = req.get('sec-fetch-site');
    const origin = req.get('origin');
    const sameSite = site === undefined || site === 'same-origin';
    const sameOrigin = origin === undefined || origin === issuer || (origin === 'null' && site !== undefined);
    if ((site === undefined && origin === undefined) || !sameSite || !sameOrigin) throw new UserError('csrf');
    return next();
  };
}

/**
 * The same where our own address is not known yet: from a page of ours, or at whatever host the request is for. It
 * only helps against other pages of the same browser, so what it lets through must bring a proof of its own, or do no
 * harm.
 * @throws {UserError} csrf
 */
export function ownHostOnly(issuer: string): RequestHandler {
  return (req, _res, next) => {
    if (req.method === 'GET' || req.method === 'HEAD') return next();
    const site = req.get('sec-fetch-site');
    const origin = req.get('origin') ?? '';
    const isOwn =
      origin === issuer || (URL.canParse(origin) && new URL(origin).host === req.get('host')?.toLowerCase());
    // Browsers say the first only where they hold the connection to be secure; a proxy may have changed the host.
    if (site === undefined ? !isOwn : site !== 'same-origin') throw new UserError('csrf');
    return next();
  };
}

/** The value a form carries to show that it was made for this browser: derived from a cookie that pages cannot read. */
export function formToken(secret: string): string {
  return createHash('sha256').update(`form:${secret}`).digest('base64url');
}

/** @throws {UserError} csrf */
export function checkFormToken(req: Request, secret: string): void {
  const given: unknown = (req.body as Record<string, unknown> | undefined)?.['csrf'];
  const expected = Buffer.from(formToken(secret));
  const presented = Buffer.from(typeof given === 'string' ? given : '');
  if (presented.length !== expected.length || !timingSafeEqual(presented, expected)) throw new UserError('csrf');
}
