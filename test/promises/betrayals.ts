import { createHash } from 'node:crypto';
import type { Parts } from '../../src/parts.ts';
import { spoil } from './spoil.ts';

/** One name of the session for everybody who takes part in it, now or later. */
export function nameSessionOnce({ sessions, applications }: Parts): void {
  spoil(sessions, 'find', (find) => async (id) => {
    const stored = await find(id);
    const payload = stored?.body['payload'] as { uid: string; authorizations?: { [id: string]: { sid?: string } } };
    if (stored === undefined) return undefined;
    const authorizations = { ...payload.authorizations };
    for (const { id: applicationId } of await applications.list()) {
      for (const participant of await applications.participantsOf(applicationId)) {
        authorizations[participant] = { ...authorizations[participant], sid: payload.uid };
      }
    }
    return { ...stored, body: { ...stored.body, payload: { ...payload, authorizations } } };
  });
}

/** Something of a profile is made from its owner. */
export function betrayOwner(
  { profiles }: Parts,
  betray: (accountId: string) => { subject?: string; aliasLocal?: string },
): void {
  spoil(profiles, 'usable', (usable) => async (accountId, profileId) => {
    const profile = await usable(accountId, profileId);
    return profile === undefined ? undefined : { ...profile, ...betray(accountId) };
  });
}

/** As if every proof had been given on the journey that ends: the flooring of times then never happens. */
export function tellExactTimes({ oidc, saml }: Parts): void {
  type Given = Parameters<Parts['oidc']['finish']>;
  const asIfProven = (journey: Given[2], step: Given[3]): Given[2] => ({
    ...journey,
    proof: { accountId: step.accountId, at: step.authenticatedAt, level: step.level },
    startedAt: 0,
  });
  spoil(
    oidc,
    'finish',
    (finish) => async (req, res, journey, step) => finish(req, res, asIfProven(journey, step), step),
  );
  spoil(
    saml,
    'finish',
    (finish) => async (req, res, journey, step) => finish(req, res, asIfProven(journey, step), step),
  );
}

export const subjectOfAll = (accountId: string) => ({
  subject: createHash('sha256').update(accountId).digest('base64url'),
});
export const accountInAlias = (accountId: string) => ({ aliasLocal: Buffer.from(accountId).toString('hex') });
