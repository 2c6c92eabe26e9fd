import { codeAt, scan } from '../authenticator.ts';
import type { House } from '../house.ts';
import { PEOPLE } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { isSaml, NOTE, wait, type Face, type OidcFace, type SamlFace, type Visit } from './face.ts';
import { makeOidcActs } from './oidc-acts.ts';
import { makeSamlActs } from './saml-acts.ts';
import type { Record } from './seen.ts';

/** What the people of one world do, and what their applications hear of it. */
export function makeActs(house: House, faces: readonly Face[], record: Record) {
  const { parts } = house;
  const oidc = makeOidcActs(record);
  const saml = makeSamlActs(record);

  /** The logout tokens that came since, each for the side whose subject it names. */
  async function deliver(moment: string, seconds: number): Promise<void> {
    const listening = faces.filter((face): face is OidcFace => !isSaml(face));
    for (let second = 0; second <= seconds; second += 1) {
      const before = listening.map(({ service }) => service.logoutTokens.length);
      await parts.oidc.deliverLogouts();
      for (const [at, face] of listening.entries()) {
        if (at > 0 && listening[0]?.service === face.service) continue;
        for (const token of face.service.logoutTokens.slice(before[at])) {
          const [, claims] = token.split('.');
          const text = Buffer.from(claims ?? '', 'base64url').toString();
          const about = faces.find(({ side }) =>
            record.seen.some(
              (entry) => entry.side === side && entry.field === 'sub' && text.includes(`"${String(entry.value)}"`),
            ),
          );
          record.addToken((about ?? face).side, moment, 'logout token', token);
        }
      }
      wait(1);
    }
  }

  async function ownProfile({ accountId, application, profile }: Face): Promise<string> {
    const { profiles } = await parts.profiles.at(accountId, application);
    return profiles.find(({ name }) => name === profile)?.id ?? '';
  }

  async function press(face: Face, action: string, visitor = face.visitor): Promise<Page> {
    const page = await visitor.get(`${house.url}/profiles/${await ownProfile(face)}`);
    return visitor.submit(page, action);
  }

  /** The person signs out, and leaves those applications too that the page offers, if they `follow` it. */
  async function signOut(visitor: Visitor, moment: string, path: string, action: string, follow: boolean) {
    const before = visitor.trail.length;
    const page = await visitor.submit(await visitor.get(house.url + path), action);
    record.unasked.push(...visitor.trail.slice(before).filter((url) => url.origin !== house.url));
    for (const face of faces.filter(isSaml).filter((one) => one.visitor === visitor)) {
      const offer = page.document
        .querySelectorAll('form[action$="/signed-out/leave"]')
        .find((form) => form.querySelector(`input[value="${face.application.id}"]`) !== null);
      if (offer === undefined) continue;
      record.offered.push(`${moment}, ${face.side}`);
      if (!follow) continue;
      const csrf = offer.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
      const fields = { csrf, application: face.application.id };
      wait();
      await saml.hear(face, moment, visitor, await visitor.post(`${house.url}/signed-out/leave`, fields));
    }
  }

  /**
   * A page about the account, opened by its owner in a browser used for nothing else: what ends elsewhere because of it
   * ends in all the browsers that applications know, whosever they are.
   */
  async function openApart({ person, code }: Face, path: string): Promise<{ visitor: Visitor; page: Page }> {
    wait();
    const visitor = makeVisitor();
    const asked = await visitor.get(house.url + path);
    const { loginName: login, password } = PEOPLE[person];
    const page = await visitor.submit(asked, '/sign-in', { login, password });
    if (code === undefined) return { visitor, page };
    return { visitor, page: await visitor.submit(page, '/factor/code', { code: code() }) };
  }

  /** Everything of a person ends now. */
  function noteEnd(person: string, moment: string): void {
    for (const face of faces)
      if (face.person === person) record.ended.set(`${moment}, ${face.side}`, Math.floor(Date.now() / 1000));
  }

  return {
    deliver,

    /** From now on the person has a second factor. */
    async setUpFactor(face: Face): Promise<void> {
      const { visitor, page } = await openApart(face, '/account/security/app');
      const secret = scan(page);
      const code = () => codeAt(secret, Date.now());
      await visitor.submit(page, '/app', { code: code(), name: '' });
      for (const other of faces) if (other.person === face.person) other.code = code;
      // The same code is good only once.
      wait();
    },

    /** Changes the password, and at once back to the one before. */
    async changePassword(face: Face, moment: string): Promise<void> {
      const { visitor, page } = await openApart(face, '/account/password');
      const { password } = PEOPLE[face.person];
      const other = `${password}, again`;
      noteEnd(face.person, moment);
      await visitor.submit(page, '/account/password', { current: password, password: other });
      const back = await visitor.get(page.url);
      await visitor.submit(back, '/account/password', { current: other, password });
    },

    /** Asks for the deletion of the account. */
    async leaveForEver(face: Face, moment: string): Promise<void> {
      const { visitor, page } = await openApart(face, '/account/leave');
      noteEnd(face.person, moment);
      await visitor.submit(page, '/account/leave', { confirm: PEOPLE[face.person].loginName });
      const { status } = (await parts.accounts.find(face.accountId)) ?? {};
      if (status !== 'leaving') throw new Error(`${face.person} did not leave`);
    },

    /** A sign-in as the application sees it, asked for in the words of OpenID Connect. `visitor`: in which browser. */
    async visit(
      face: Face,
      moment: string,
      params: { readonly [name: string]: string } = {},
      visitor: Visitor = face.visitor,
    ): Promise<Visit> {
      if (!isSaml(face)) return oidc.visit(face, moment, params, visitor);
      // Where an application cannot ask which profile, the person switches.
      if (params['prompt'] === 'select_account') await press(face, '/switch', visitor);
      return saml.visit(face, moment, params, visitor);
    },

    /** The application makes sure, without the person, that they are still there. */
    async refresh(face: Face, moment: string, token = ''): Promise<string> {
      if (!isSaml(face)) return oidc.refresh(face, moment, token);
      await saml.glance(face, moment);
      return '';
    },

    async signInToPortal({ visitor, person }: Face): Promise<void> {
      wait();
      const page = await visitor.get(house.url);
      if (page.document.querySelector('input[name=password]') === null) return;
      const { loginName, password } = PEOPLE[person];
      await visitor.submit(page, '/sign-in', { login: loginName, password });
    },

    async describe(face: Face, showsGroup: boolean): Promise<void> {
      const path = `/profiles/${await ownProfile(face)}`;
      const page = await face.visitor.get(house.url + path);
      await face.visitor.submit(page, '/note', { note: NOTE });
      if (!showsGroup) return;
      const [box] = page.document.querySelectorAll('input[name=group]');
      await face.visitor.submit(page, '/groups', { group: box?.getAttribute('value') ?? '' });
    },

    async switchAtPortal(face: Face): Promise<void> {
      wait();
      await press(face, '/switch');
    },

    glance: saml.glance,
    visitBriefly: saml.visitBriefly,
    enterFromPortal: (face: SamlFace, moment: string) => saml.enter(face, moment, () => press(face, '/enter')),

    async leaveAtPortal(face: SamlFace, moment: string): Promise<void> {
      wait();
      await saml.hear(face, moment, face.visitor, await press(face, '/leave'));
    },

    /** Signs out of the instance, and then of each application that is offered. */
    async signOutHere(visitor: Visitor, moment: string): Promise<void> {
      wait();
      await signOut(visitor, moment, '/', '/sign-out', true);
    },

    async endAllSessions({ visitor, person }: Face, moment: string): Promise<void> {
      wait();
      noteEnd(person, moment);
      await signOut(visitor, moment, '/sessions', '/sessions/end-all', false);
    },
  };
}
