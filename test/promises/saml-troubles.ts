import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { House } from '../house.ts';
import { form, packed, signed } from '../saml/requests.ts';
import { toldBy } from '../saml/told.ts';
import {
  answerLeaving,
  ask,
  askByPost,
  askToLeave,
  askUnsigned,
  post,
  signInAt,
  writeAsking,
  writeLeaving,
  type Wiki,
} from '../service-provider.ts';
import type { Visitor } from '../visitor.ts';
import { alter } from './troubles.ts';

/** What stands in every hostile field: a line of its own and a colour, if a log wrote it as it is. */
export const FORGED = 'forged-by-an-owl';
const INJECTED = `\r\n{"level":"info","event":"${FORGED}"}\r\n\u{1b}[31m`;
const IN_XML = `&#13;&#10;{&quot;event&quot;:&quot;${FORGED}&quot;}&#10;`;

type Life = { house: House; wiki: Wiki; visitor: Visitor; keep: (what: string, value: string) => void };

const HERON = { person: 'alix', profile: 'heron_lakeside' } as const;

/** Signs in by both bindings, leaves by both ways; everything on the wire is a secret. */
export async function liveWithSaml({ house, wiki, visitor, keep }: Life): Promise<string> {
  const relayState = 'to-the-page-of-the-birdwatchers';
  keep('RelayState', relayState);
  const { id, ...answer } = await signInAt(visitor, wiki, HERON, { relayState });
  const told = toldBy(answer.xml, wiki.key);
  keep('request', id);
  keep('SAMLResponse', Buffer.from(answer.xml).toString('base64').slice(100, 140));
  keep('SessionIndex', told.sessionIndex);
  for (const value of told.attributes['email'] ?? []) keep('alias', value);
  const posted = await askByPost(visitor, wiki, { relayState });
  keep('posted request', posted.id);
  const leaving = { nameId: told.nameId, sessionIndexes: [told.sessionIndex], relayState };
  await visitor.get(askToLeave(wiki, leaving));
  await signInAt(visitor, wiki, HERON);
  const home = await visitor.get(`${house.url}/sessions`);
  await visitor.submit(home, '/sign-out');
  await signInAt(visitor, wiki, HERON, { relayState });
  return told.nameId;
}

/** Everything that service providers get wrong, with words that would be lines of their own in a log. */
export async function stumbleWithSaml({ wiki, visitor, keep }: Life): Promise<void> {
  keep('forged', FORGED);
  const hostile = { ...wiki, provider: { ...wiki.provider, entityId: `${wiki.provider.entityId}${IN_XML}` } };
  const { xml } = writeAsking(wiki);
  const leaving = writeLeaving(wiki, { nameId: `x${IN_XML}`, sessionIndexes: [`y${IN_XML}`] });
  for (const url of [
    ask(hostile).url,
    ask(wiki, { attributes: ` AssertionConsumerServiceURL="https://x.example/${FORGED}"` }).url,
    ask(wiki, { inside: `<samlp:NameIDPolicy Format="${FORGED}"/>`, relayState: INJECTED }).url,
    askUnsigned(wiki, { id: `_${FORGED}`, destination: `https://x.example/${FORGED}`, relayState: INJECTED }).url,
    `${ask(wiki).url}&RelayState=${encodeURIComponent(INJECTED)}`,
    `${wiki.sso}?SAMLRequest=${FORGED}`,
    `${wiki.sso}?SAMLRequest=${packed(xml.replace('</samlp:AuthnRequest>', INJECTED))}`,
    `${wiki.sso}?SAMLRequest=${packed(`<!DOCTYPE ${FORGED}>${xml}`)}`,
    askToLeave(wiki, { nameId: `x${IN_XML}`, sessionIndexes: [`y${IN_XML}`] }),
    `${wiki.slo}?SAMLRequest=${packed(leaving)}`,
    answerLeaving(wiki, new URL(askToLeave(wiki, { nameId: 'x' }))),
    `${wiki.sso}/${FORGED}`,
    `${wiki.slo}/${FORGED}`,
  ]) {
    await visitor.get(url, { 'user-agent': `curl ${FORGED}` });
  }
  for (const url of [wiki.sso, wiki.slo]) {
    for (const body of [
      form(xml.replace('Version="2.0"', `Version="${FORGED}"`)),
      form(signed(leaving, wiki.key), INJECTED),
      `SAMLRequest=${FORGED}`,
      'x'.repeat(600_000),
    ]) {
      await post(url, body);
    }
  }
}

/** Callers who hang up in the middle of a message. */
export async function hangUpOnSaml({ wiki }: Life): Promise<void> {
  for (const { hostname, port, pathname } of [new URL(wiki.sso), new URL(wiki.slo)]) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const head = ['content-type: application/x-www-form-urlencoded', 'content-length: 5000'];
    socket.write([`POST ${pathname} HTTP/1.1`, `host: ${hostname}`, ...head, '', `SAMLRequest=${FORGED}`].join('\r\n'));
    await setTimeout(20);
    socket.resetAndDestroy();
  }
}

/** Things break underneath while somebody signs in or out. */
export async function breakDownWithSaml({ house, wiki, visitor }: Life): Promise<void> {
  const { storage } = house.parts;
  for (const table of ['saml_session', 'service_provider', 'saml_key', 'profile', 'session', 'transient']) {
    await alter(storage, `ALTER TABLE ${table} RENAME TO ${table}_away`);
    const relayState = FORGED;
    const answer = await signInAt(visitor, wiki, HERON, { relayState }).catch(() => undefined);
    const nameId = answer === undefined ? FORGED : toldBy(answer.xml, wiki.key).nameId;
    await visitor.get(askToLeave(wiki, { nameId, sessionIndexes: [FORGED], relayState }));
    await post(wiki.sso, form(signed(writeAsking(wiki).xml, wiki.key), relayState));
    await alter(storage, `ALTER TABLE ${table}_away RENAME TO ${table}`);
  }
}
