import { request as overHttp, type IncomingHttpHeaders } from 'node:http';
import { request as overHttps } from 'node:https';
import { TLSSocket } from 'node:tls';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import type { Seals } from '../../storage/seal.ts';
import type { Storage } from '../../storage/storage.ts';
import { diagnosisToken } from '../../web/diagnosis.ts';
import { isTrusted } from '../../web/forwarded.ts';
import { ok, problem, warning, type Finding } from './finding.ts';
import { isLoopback } from './settings.ts';

const PATIENCE = 10_000;
const LONGEST = 256 * 1024;
const DAY = 86_400_000;
/** A documentation address (RFC 5737): nobody comes from there, so whoever believes it is fooled. */
const PRETENDED = '192.0.2.123';

type Answer = { status: number; headers: IncomingHttpHeaders; body: string; certificateUntil: number | undefined };

/** Asks as a browser would, without following anything. */
function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const send = url.startsWith('https:') ? overHttps : overHttp;
  return new Promise((resolve, reject) => {
    const asked = send(url, { headers, agent: false, signal: AbortSignal.timeout(PATIENCE) }, (res) => {
      const until = res.socket instanceof TLSSocket ? res.socket.getPeerCertificate().valid_to : undefined;
      let body = '';
      res.setEncoding('utf8');
      res.on('data', (chunk: string) => {
        body += chunk;
        if (body.length > LONGEST) res.destroy(new Error('too long an answer'));
      });
      res.once('error', reject);
      res.once('end', () => {
        const certificateUntil = until === undefined ? undefined : Date.parse(until);
        resolve({ status: res.statusCode ?? 0, headers: res.headers, body, certificateUntil });
      });
    });
    asked.once('error', reject);
    asked.end();
  });
}

/** Why nothing came back, and what to do. */
function whyNot(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (/^(ENOTFOUND|EAI_AGAIN)$/u.test(code)) return 'Its name does not resolve. Set a DNS record.';
  if (/^ECONN|^EPIPE/u.test(code)) return 'Nothing answers there. Is the server running, and the proxy in front of it?';
  if (/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/u.test(code)) {
    return `Its certificate is not accepted (${code}). Renew it, or have the proxy get one.`;
  }
  if (/SSL|EPROTO/u.test(code)) return 'HTTPS does not work there. Look at the proxy’s settings.';
  if (code === 'ABORT_ERR' || (error as Error).name === 'TimeoutError')
    return 'It does not answer in ten seconds. Look at the firewall.';
  return `It cannot be asked (${code === '' ? (error as Error).name : code}).`;
}

const discovery = z.object({ issuer: z.string() });
const keySet = z.object({ keys: z.array(z.object({ kid: z.string() })) });
const arrivalSchema = z.object({
  peer: z.string(),
  believed: z.boolean(),
  forwarded: z.array(z.string()),
  client: z.string(),
});

function parsed<T>(schema: z.ZodType<T>, { body }: Answer): T | undefined {
  try {
    return schema.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

async function isOurs(url: string, { read, tables }: Storage): Promise<boolean> {
  const published = parsed(keySet, await get(`${url}/oidc/jwks`))?.keys ?? [];
  const ours = new Set(
    (await read.select({ kid: tables.signingKey.kid }).from(tables.signingKey)).map(({ kid }) => kid),
  );
  return published.some(({ kid }) => ours.has(kid));
}

function checkCertificate(until: number | undefined): Finding[] {
  if (until === undefined || Number.isNaN(until)) return [];
  const days = Math.floor((until - Date.now()) / DAY);
  return [
    days < 14
      ? warning('certificate', `It ends in ${days} days. Look why it is not renewed.`)
      : ok('certificate', `It is good for ${days} more days.`),
  ];
}

function checkDate(headers: IncomingHttpHeaders): Finding[] {
  const apart = Math.round(Math.abs(Date.parse(headers.date ?? '') - Date.now()) / 1000);
  return apart > 10
    ? [
        problem(
          'clock',
          `What answers at the public address is ${apart} seconds off this clock. Set both right (timedatectl).`,
        ),
      ]
    : [];
}

const isPrivate = (address: string): boolean => {
  if (!ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() !== 'unicast';
};

/** Whether people's own addresses arrive: attempts are counted by them. */
function checkProxy(config: Config, { peer, believed, forwarded, client }: z.output<typeof arrivalSchema>): Finding {
  const about = 'proxy headers';
  const networks = config.ALUCO_TRUSTED_PROXIES;
  // We sent one address of our own making: a proxy adds the one it saw, or puts that in its place.
  const added = forwarded.at(-1) === PRETENDED ? undefined : forwarded.at(-1);
  if (added !== undefined && !believed) {
    const words = `The proxy at ${peer} is not believed: all people seem to come from there and share one limit of wrong passwords. Add it to ALUCO_TRUSTED_PROXIES.`;
    return problem(about, words);
  }
  if (added !== undefined && isTrusted(networks)(added)) {
    return ok(about, 'The proxy says where requests come from, and is believed. Ask from elsewhere to see more.');
  }
  if (client === PRETENDED) {
    const words = isLoopback(config.ALUCO_URL)
      ? 'Anybody on this machine can pretend to come from elsewhere: no proxy adds to X-Forwarded-For. Empty ALUCO_TRUSTED_PROXIES.'
      : 'An address that a visitor made up is believed. Have the proxy add to X-Forwarded-For or set it anew, and name the proxy alone in ALUCO_TRUSTED_PROXIES.';
    return problem(about, words);
  }
  if (added !== undefined) return ok(about, 'The proxy says where people come from, and is believed.');
  if (believed || (config.ALUCO_URL.startsWith('https:') && isPrivate(peer))) {
    const words = `The proxy at ${peer} does not say where people come from. Have it set X-Forwarded-For, and name it in ALUCO_TRUSTED_PROXIES.`;
    return problem(about, words);
  }
  if (networks.length > 0) {
    const words =
      'ALUCO_TRUSTED_PROXIES is set, and no such proxy stood in the way of this request. Empty it if there is none.';
    return warning(about, words);
  }
  return ok(about, 'No proxy is in front, and none is believed.');
}

/** Asks through the public address, as people do. */
export async function checkAddress(config: Config, storage: Storage, seals: Seals | undefined): Promise<Finding[]> {
  const url = config.ALUCO_URL;
  const about = 'public address';
  let answer: Answer;
  try {
    answer = await get(`${url}/.well-known/openid-configuration`);
  } catch (error) {
    return [problem(about, `${url}: ${whyNot(error)}`)];
  }
  if (parsed(discovery, answer)?.issuer !== url) {
    return [
      problem(
        about,
        `${url} is answered by something else (status ${answer.status}). Have the proxy pass every path to us, unchanged.`,
      ),
    ];
  }
  const findings = [...checkCertificate(answer.certificateUntil), ...checkDate(answer.headers)];
  if (!(await isOurs(url, storage).catch(() => false))) {
    return [
      problem(
        about,
        `${url} is answered by another instance: its keys are not in this database. Look at ALUCO_DATA and ALUCO_DATABASE.`,
      ),
      ...findings,
    ];
  }
  const where = isLoopback(url) ? ' It is this machine’s own: nobody else can come in.' : '';
  findings.unshift(ok(about, `${url} leads here.${where}`));
  const [key] = seals?.keysFor('doctor') ?? [];
  if (key === undefined) return findings;
  const headers = { authorization: `Bearer ${diagnosisToken(key, Date.now())}`, 'x-forwarded-for': PRETENDED };
  const arrival = await get(`${url}/doctor`, headers).then(
    (said) => parsed(arrivalSchema, said),
    () => undefined,
  );
  findings.push(
    arrival === undefined
      ? warning(
          'proxy headers',
          'The server did not say how a request arrives. Is it of this version, with this master key?',
        )
      : checkProxy(config, arrival),
  );
  return findings;
}
