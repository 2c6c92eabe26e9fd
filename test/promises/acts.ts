import * as client from 'openid-client';
import { vi } from 'vitest';
import { begin, receive, walk, type Service } from '../application.ts';
import type { House } from '../house.ts';
import { PEOPLE, type PersonName } from '../people.ts';
import type { Visitor } from '../visitor.ts';
import type { Record, Side } from './seen.ts';

/** A profile as it is used: whose, by what name, where, in which browser. */
export type Face = {
  side: Side;
  person: PersonName;
  profile: string;
  service: Service;
  visitor: Visitor;
  accountId: string;
};

/** What the owner writes down about a profile, for nobody else. */
export const NOTE = 'the one for the birdwatchers';

/** Time passes for everybody alike, by a number of seconds that no life span is a multiple of. */
export function wait(seconds = 37): void {
  vi.setSystemTime(Date.now() + seconds * 1000);
}

/** What an application received at one sign-in. */
export type Visit = Awaited<ReturnType<typeof receive>>;

/** What the people of one world do, and what their applications hear of it. */
export function makeActs(house: House, faces: readonly Face[], record: Record) {
  const { parts } = house;

  async function introspect({ side, service }: Face, moment: string, token: string, kind: string): Promise<void> {
    record.add(side, moment, `introspection of ${kind}`, await client.tokenIntrospection(service.configuration, token));
  }

  async function noteTokens(face: Face, moment: string, tokens: client.TokenEndpointResponse): Promise<void> {
    const { id_token: idToken, ...rest } = tokens;
    record.add(face.side, moment, 'token answer', rest);
    if (idToken !== undefined) record.addToken(face.side, moment, 'ID token', idToken);
    await introspect(face, moment, tokens.access_token, 'access token');
    if (tokens.refresh_token !== undefined) await introspect(face, moment, tokens.refresh_token, 'refresh token');
  }

  /** A sign-in as the application sees it. `visitor`: in which browser. */
  async function visit(
    face: Face,
    moment: string,
    params: { [name: string]: string } = {},
    visitor: Visitor = face.visitor,
  ): Promise<Visit> {
    wait();
    const { service, side } = face;
    const attempt = await begin(service, params);
    const asked = visitor.trail.length;
    const page = await walk(visitor, service, await visitor.get(attempt.url), face);
    const typed = visitor.trail.slice(asked).some(({ pathname }) => pathname.endsWith('/sign-in'));
    if (typed) record.proofs[side].add(Math.floor(Date.now() / 1000));
    const { state: _, ...answer } = Object.fromEntries(page.url.searchParams);
    record.add(side, moment, 'authorization answer', answer);
    const maxAge = params['max_age'] === undefined ? undefined : Number(params['max_age']);
    const received = await receive(service, attempt, page.url, maxAge);
    await noteTokens(face, moment, received.tokens);
    record.add(side, moment, 'userinfo', received.userinfo);
    return received;
  }

  async function refresh(face: Face, moment: string, token: string | undefined): Promise<string> {
    wait();
    try {
      const tokens = await client.refreshTokenGrant(face.service.configuration, token ?? '');
      await noteTokens(face, moment, tokens);
      return tokens.refresh_token ?? '';
    } catch (error) {
      if (!(error instanceof client.ResponseBodyError)) throw error;
      record.add(face.side, moment, 'refused refresh', error.cause);
      return '';
    }
  }

  /** The logout tokens that came since, each for the side whose subject it names. */
  async function deliver(moment: string, seconds: number): Promise<void> {
    for (let second = 0; second <= seconds; second += 1) {
      const before = faces.map(({ service }) => service.logoutTokens.length);
      await parts.oidc.deliverLogouts();
      for (const [at, face] of faces.entries()) {
        if (at > 0 && faces[0]?.service === face.service) continue;
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

  async function ownProfile({ accountId, service, profile }: Face): Promise<string> {
    const { profiles } = await parts.profiles.at(accountId, service.application);
    return profiles.find(({ name }) => name === profile)?.id ?? '';
  }

  return {
    visit,
    refresh,
    deliver,

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
      const page = await face.visitor.get(`${house.url}/profiles/${await ownProfile(face)}`);
      await face.visitor.submit(page, '/switch');
    },

    /** Leaves one application from its own "sign out". */
    async leave({ service, visitor }: Face, { tokens }: Visit): Promise<void> {
      wait();
      const url = client.buildEndSessionUrl(service.configuration, {
        post_logout_redirect_uri: `${service.url}/bye`,
        id_token_hint: tokens.id_token ?? '',
      });
      await visitor.submit(await visitor.get(url), '/leave', { scope: 'application' });
    },

    async endAllSessions({ visitor, person }: Face): Promise<void> {
      wait();
      for (const face of faces) if (face.person === person) record.ended[face.side] = Math.floor(Date.now() / 1000);
      await visitor.submit(await visitor.get(`${house.url}/sessions`), '/sessions/end-all');
    },
  };
}
