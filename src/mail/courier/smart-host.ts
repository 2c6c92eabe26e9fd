import type { Host, Route } from './host.ts';

const SUBMISSION = 587;
const SUBMISSIONS = 465;
const RELAY = 25;

/** What a setting says of the smart host (RFC 5321, RFC 6409, RFC 8314). */
export type SmartHost = {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly implicitTls: boolean;
  /** Never without TLS, and with the right certificate. */
  readonly verified: boolean;
  readonly auth: { readonly user: string; readonly pass: string } | undefined;
};

/**
 * Reads `ALUCO_SMTP`. A password never leaves this machine in the clear, nor to somebody who has no certificate for the
 * host's name. Without one STARTTLS is used where it is offered, whatever the certificate: whoever can forge it can as
 * well take the offer away (RFC 7435).
 */
export function readSmartHost(address: string): SmartHost {
  const url = new URL(address);
  const host = url.hostname.replace(/^\[|\]$/gu, '');
  const implicitTls = url.protocol === 'smtps:';
  const auth =
    url.username === ''
      ? undefined
      : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  const isHere = /^(localhost|127\.[\d.]+|::1)$/iu.test(host);
  const usual = auth === undefined ? RELAY : SUBMISSION;
  return {
    host,
    port: url.port === '' ? (implicitTls ? SUBMISSIONS : usual) : Number(url.port),
    implicitTls,
    verified: !isHere && (implicitTls || auth !== undefined),
    auth,
  };
}

/** It is the administrator's own, and every message goes through it. */
const AT_ONCE = 40;

/** Everything through the smart host of `ALUCO_SMTP`. */
export function smartHostRoute(smtp: string): Route {
  const { host: name, port, implicitTls, verified, auth } = readSmartHost(smtp);
  const key = `${name}:${port}`;
  const host: Host = { key, name, port, implicitTls, verified, ...(auth === undefined ? {} : { auth }) };
  return { destinationOf: () => name, atOnce: AT_ONCE, hostsOf: async () => [host] };
}
