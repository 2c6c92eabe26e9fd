import ipaddr from 'ipaddr.js';
import type { Config } from '../../config.ts';
import { isMissing, makeDns, type Dns } from '../../mail/dns.ts';
import { makeMailKeys, zoneLine, type ListedKey } from '../../mail/dkim/dkim.ts';
import { readSmartHost } from '../../mail/mail.ts';
import { checkSpf } from '../../mail/policy/spf.ts';
import type { Seals } from '../../storage/seal.ts';
import type { Storage } from '../../storage/storage.ts';
import { ok, problem, warning, type Finding } from './finding.ts';

/** What the relay is called, the domain of its addresses, and who hands its mail on. */
type Place = {
  readonly name: string;
  readonly domain: string;
  /** A smart host elsewhere; undefined: this machine speaks with the world itself, or through one that stands on it. */
  readonly smartHost: string | undefined;
};

/** What DNS has, nothing where there is none, or that it does not answer. */
type Asked<T> = { readonly found: readonly T[] } | 'silent';

async function ask<T>(asked: Promise<readonly T[]>): Promise<Asked<T>> {
  try {
    return { found: await asked };
  } catch (error) {
    return isMissing(error) ? { found: [] } : 'silent';
  }
}

/** The line to add to the zone, and what it is for. */
const add = (line: string, purpose: string): string => `Add \`${line}\` to the zone: ${purpose}`;
const unanswered = (about: string, name: string, line: string): Finding =>
  warning(about, `DNS does not answer about ${name}. It should have \`${line}\`. Ask again later, or see ALUCO_DNS.`);

function placeOf(config: Config): Place {
  const { ALUCO_ALIAS_DOMAIN: domain, ALUCO_RELAY_NAME: given, ALUCO_SMTP: smtp, ALUCO_URL: url } = config;
  const host = smtp === 'mx:' || smtp === '' ? undefined : readSmartHost(smtp).host;
  const isHere = host === undefined || /^(localhost|127\.[\d.]+|::1)$/iu.test(host);
  return { name: given || new URL(url).hostname, domain, smartHost: isHere ? undefined : host };
}

async function checkName({ name }: Place, dns: Dns): Promise<Finding> {
  const about = 'relay name';
  const line = `${name}. IN A <the public address of this machine>`;
  const addresses = await ask(dns.addresses(name));
  if (addresses === 'silent') return unanswered(about, name, line);
  if (addresses.found.length > 0) return ok(about, `${name} has ${addresses.found.join(', ')}.`);
  return problem(about, `${name} has no address. ${add(line, 'others connect to it.')}`);
}

/** Whether mail to the domain comes here. */
async function checkExchanger({ name, domain }: Place, dns: Dns): Promise<Finding> {
  const about = 'relay exchanger';
  const line = `${domain}. IN MX 10 ${name}.`;
  const hosts = await ask(dns.mx(domain));
  if (hosts === 'silent') return unanswered(about, domain, line);
  const names = hosts.found.map(({ exchange }) => exchange.toLowerCase());
  if (names.length === 0) {
    return problem(about, `${domain} has no mail exchanger. ${add(line, 'mail to relay addresses comes here by it.')}`);
  }
  const all = `Mail to ${domain} goes to ${names.join(', ')}`;
  const own = new Set(addressesOf(await ask(dns.addresses(name))));
  const theirs = await Promise.all(
    names.map(
      async (one) => one === name || addressesOf(await ask(dns.addresses(one))).some((address) => own.has(address)),
    ),
  );
  if (theirs.every(Boolean)) return ok(about, `${all}.`);
  const words = `${all}, which is not only ${name}. Whatever else stands there must hand it on to ALUCO_RELAY. If it should come here directly, replace that by \`${line}\`.`;
  return warning(about, words);
}

const addressesOf = (asked: Asked<string>): readonly string[] => (asked === 'silent' ? [] : asked.found);

/** Whether the domain lets those who hand our mail on do so, and nobody else (RFC 7208). */
async function checkSenders({ name, domain, smartHost }: Place, dns: Dns): Promise<Finding> {
  const about = 'relay senders';
  const sender = smartHost ?? name;
  const line = zoneLine(domain, `v=spf1 a:${sender} -all`);
  const purpose = 'it says which machines send for the relay, and that no other does (SPF).';
  const texts = await ask(dns.txt(domain));
  if (texts === 'silent') return unanswered(about, domain, line);
  const records = texts.found.filter((text) => /^v=spf1(?: |$)/iu.test(text));
  const [record] = records;
  if (record === undefined) return problem(about, `${domain} has no SPF record. ${add(line, purpose)}`);
  if (records.length > 1)
    return problem(about, `${domain} has ${records.length} SPF records: that is as none. Keep one.`);
  if (!/ -all$/iu.test(record)) {
    return warning(
      about,
      `The SPF record of ${domain} does not end with -all: others may send in its name. Have it say \`${line}\`, or the like.`,
    );
  }
  const machines = addressesOf(await ask(dns.addresses(sender)));
  const client = (address: string) => ({ address, name: sender, isEncrypted: false });
  const from = `relay@${domain}`;
  const results = await Promise.all(
    machines.map((address) => checkSpf({ client: client(address), from, applicationId: undefined }, dns)),
  );
  const left = machines.filter((_, index) => results[index] !== 'pass');
  if (left.length === 0)
    return ok(
      about,
      `SPF lets ${machines.length === 0 ? 'some machines' : sender} send for ${domain}, and nobody else.`,
    );
  const advice =
    smartHost === undefined
      ? `Have it say \`${line}\`.`
      : `If ${smartHost} sends from these addresses, have it say \`${line}\`; else what its operator tells you.`;
  return warning(about, `SPF of ${domain} does not let ${left.join(', ')} (${sender}) send. ${advice}`);
}

/** Whether a key that signs can be looked up (RFC 6376 §3.6.2). */
async function checkKey({ name, record, selector }: ListedKey, dns: Dns): Promise<Finding> {
  const about = 'relay signature';
  const line = zoneLine(name, record);
  const texts = await ask(dns.txt(name));
  if (texts === 'silent') return unanswered(about, name, line);
  if (texts.found.includes(record)) return ok(about, `The key ${selector} is published.`);
  const state = texts.found.length === 0 ? 'is not published' : 'is published as another';
  return problem(
    about,
    `The key ${selector} ${state}. ${add(line, 'with it others see that mail is from here (DKIM).')}`,
  );
}

/** What others are to do with mail that pretends to be ours (RFC 7489). */
async function checkPolicy({ domain }: Place, dns: Dns): Promise<Finding> {
  const about = 'relay policy';
  const name = `_dmarc.${domain}`;
  const line = zoneLine(name, 'v=DMARC1; p=reject; adkim=s; aspf=s');
  const purpose = 'with it others refuse mail that pretends to be from a relay address (DMARC).';
  const texts = await ask(dns.txt(name));
  if (texts === 'silent') return unanswered(about, name, line);
  const [record, ...more] = texts.found.filter((text) => /^v=DMARC1\s*;/iu.test(text));
  if (record === undefined) return problem(about, `There is no DMARC record. ${add(line, purpose)}`);
  if (more.length > 0) return problem(about, `There are ${more.length + 1} DMARC records: that is as none. Keep one.`);
  if (/;\s*p\s*=\s*reject\s*(?:;|$)/iu.test(record))
    return ok(about, `Others are asked to refuse what pretends to be from ${domain}.`);
  return warning(about, `The DMARC record of ${domain} does not say p=reject. Have it say \`${line}\`: ${purpose}`);
}

/** Whether the addresses that mail leaves from have the relay's name: many servers take none from others. */
async function checkReverse({ name }: Place, dns: Dns): Promise<Finding[]> {
  const about = 'relay reverse name';
  const addresses = addressesOf(await ask(dns.addresses(name)));
  const outside = addresses.filter((address) => ipaddr.process(address).range() === 'unicast');
  return Promise.all(
    outside.map(async (address) => {
      const names = await ask(dns.names(address));
      if (names === 'silent')
        return warning(about, `DNS does not answer about ${address}. Its name should be ${name}.`);
      if (names.found.some((one) => one.toLowerCase() === name)) return ok(about, `${address} is called ${name}.`);
      const now = names.found.length === 0 ? 'has no name' : `is called ${names.found.slice(0, 3).join(', ')}`;
      return warning(
        about,
        `${address} ${now}. Have whoever gives you this address call it ${name}: many servers refuse mail from others.`,
      );
    }),
  );
}

/** What DNS must say for the relay to receive, and for its mail to be taken. Nothing where it receives none. */
export async function checkRelay(config: Config, storage: Storage, seals: Seals | undefined): Promise<Finding[]> {
  if (config.ALUCO_RELAY === '' && config.ALUCO_SUBMISSION === '') return [];
  if (config.ALUCO_ALIAS_DOMAIN.endsWith('.localhost')) {
    return [
      warning(
        'relay name',
        'ALUCO_ALIAS_DOMAIN cannot stand in DNS: no mail comes from elsewhere. Set a domain of yours.',
      ),
    ];
  }
  const place = placeOf(config);
  const dns = makeDns(config.ALUCO_DNS);
  const keys = seals === undefined ? [] : await makeMailKeys({ storage, seals, now: Date.now }).records(place.domain);
  const signing = keys.filter(({ signs }) => signs);
  const findings = await Promise.all([
    checkName(place, dns),
    checkExchanger(place, dns),
    checkSenders(place, dns),
    ...signing.map((key) => checkKey(key, dns)),
    checkPolicy(place, dns),
  ]);
  if (seals !== undefined && signing.length === 0) {
    findings.push(
      warning('relay signature', 'There are no keys yet. Make them, and see their records: aluco mail keys.'),
    );
  }
  return [...findings, ...(place.smartHost === undefined ? await checkReverse(place, dns) : [])];
}
