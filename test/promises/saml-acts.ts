import { randomBytes } from 'node:crypto';
import { walk } from '../application.ts';
import { decrypted, toldBy } from '../saml/told.ts';
import {
  answerLeaving,
  answerOn,
  ask,
  askToLeave,
  carriedBy,
  type Asking,
  type Handed,
  type Wiki,
} from '../service-provider.ts';
import type { Page, Visitor } from '../visitor.ts';
import { wait, type SamlFace, type Visit } from './face.ts';
import type { Record } from './seen.ts';

const TRANSIENT = '<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient"/>';

/** What applications that speak SAML hear. */
export function makeSamlActs(record: Record) {
  /** Writes down an answer, also what is encrypted in it. */
  function note({ side, wiki }: SamlFace, moment: string, { action, xml, relayState }: Handed): void {
    record.add(side, moment, 'form', { action, ...(relayState === undefined ? {} : { relayState }) });
    record.addMessage(side, moment, 'answer', xml);
    if (xml.includes('EncryptedAssertion')) record.addMessage(side, moment, 'decrypted', decrypted(xml, wiki.key));
  }

  /** Writes down a message that an address carries. */
  function noteCarried({ side }: SamlFace, moment: string, source: string, url: URL): void {
    record.addMessage(side, moment, source, carriedBy(url).xml);
    const { SAMLRequest: _request, SAMLResponse: _response, ...rest } = Object.fromEntries(url.searchParams);
    record.add(side, moment, `${source} address`, rest);
  }

  async function receive(
    face: SamlFace,
    moment: string,
    visitor: Visitor,
    first: () => Promise<Page>,
  ): Promise<Handed> {
    wait();
    const asked = visitor.trail.length;
    const page = await walk(visitor, face.wiki, await first(), face);
    record.noteProof(face.side, visitor.trail.slice(asked));
    const answer = answerOn(page);
    note(face, moment, answer);
    return answer;
  }

  const request = (visitor: Visitor, wiki: Wiki, asking: Asking) => () =>
    visitor.get(ask(wiki, { ...asking, relayState: randomBytes(16).toString('hex') }).url);

  /** Leaves the application from its own "sign out". */
  async function leave(face: SamlFace, moment: string, { xml }: Handed): Promise<void> {
    wait();
    const { nameId, sessionIndex } = toldBy(xml, face.wiki.key);
    const page = await face.visitor.get(askToLeave(face.wiki, { nameId, sessionIndexes: [sessionIndex] }));
    noteCarried(face, moment, 'logout answer', page.url);
  }

  /** Is asked to end a session, and says that it has. */
  async function hear(face: SamlFace, moment: string, visitor: Visitor, page: Page): Promise<void> {
    noteCarried(face, moment, 'logout request', page.url);
    await visitor.get(answerLeaving(face.wiki, page.url));
  }

  return {
    /** A sign-in as the service provider sees it. Of the parameters, `prompt=login` has a meaning here too. */
    async visit(
      face: SamlFace,
      moment: string,
      params: { readonly [name: string]: string },
      visitor: Visitor,
    ): Promise<Visit> {
      const asking = { forceAuthn: params['prompt'] === 'login' };
      const answer = await receive(face, moment, visitor, request(visitor, face.wiki, asking));
      return { refreshToken: '', leave: () => leave(face, `${moment}, then out`, answer) };
    },

    /** Asks without showing anything. */
    async glance(face: SamlFace, moment: string): Promise<void> {
      await receive(face, moment, face.visitor, request(face.visitor, face.wiki, { isPassive: true }));
    },

    /** Asks for a NameID that lasts no longer than the session. */
    async visitBriefly(face: SamlFace, moment: string): Promise<void> {
      await receive(face, moment, face.visitor, request(face.visitor, face.wiki, { inside: TRANSIENT }));
    },

    /** Enters from a page of the person's own, where `open` is pressed there. */
    async enter(face: SamlFace, moment: string, open: () => Promise<Page>): Promise<void> {
      await receive(face, moment, face.visitor, open);
    },

    hear,
  };
}
