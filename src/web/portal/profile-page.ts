import type { Response } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Application } from '../../applications/applications.ts';
import type { Legacy } from '../../legacy/legacy.ts';
import type { RelayOwner } from '../../mail/owner.ts';
import type { Moderation } from '../../moderation/moderation.ts';
import { originOf, type Oidc } from '../../oidc/oidc.ts';
import { addDays } from '../../days.ts';
import { UNDO_DAYS, type OwnProfile, type Profiles } from '../../profiles/profiles.ts';
import type { Saml } from '../../saml/saml.ts';
import type { Form } from '../../../views/parts/form.ts';
import { profilePage } from '../../../views/portal/profile.tsx';
import type { OwnRequest } from '../../../views/portal/request.tsx';
import { blank } from '../form.ts';
import { allowFormsTo } from '../safety.ts';
import type { Person } from '../visit.ts';
import { makeOwnDecisions } from './decisions.ts';
import { modeText } from './relay-words.ts';

type Needs = {
  accounts: Pick<Accounts, 'groupsOf'>;
  legacy: { readonly reclaim: Pick<Legacy['reclaim'], 'asksToMove'> };
  moderation: Pick<Moderation, 'ownersView' | 'requests'>;
  oidc: Pick<Oidc, 'claimsOf' | 'standingProfile'>;
  profiles: Pick<Profiles, 'requestOf'>;
  saml: Pick<Saml, 'leavable' | 'unsolicited'>;
  /** Left out where this instance forwards no mail. */
  relay: Pick<RelayOwner, 'standing'> | undefined;
};

/** What a form of the page holds that was just sent, and what is said of what was just done. */
type Sent = { readonly note?: Form; readonly answer?: Form; readonly said?: string | undefined };

export type ShowProfile = ReturnType<typeof makeProfilePage>;

/** The page of one profile, for its owner. */
export function makeProfilePage({ accounts, legacy, moderation, oidc, profiles, saml, relay }: Needs) {
  const decisionsOf = makeOwnDecisions(moderation);

  /** How a request stands: while it waits, and until a profile that was given at once was looked at. */
  async function requestFor(profile: OwnProfile, answer: Form): Promise<OwnRequest | undefined> {
    const isUndecided = profile.status === 'requested' || profile.status === 'active';
    const request = isUndecided ? await profiles.requestOf(profile.id) : undefined;
    if (request === undefined) return undefined;
    const days = request.status === 'waiting' ? await moderation.requests.usualWait(profile.applicationId) : undefined;
    const { status, day, urgent, words, question, answer: answered } = request;
    return { status, day, urgent, words, question, answered, days, form: answer };
  }

  return async function show(
    res: Response,
    person: Person,
    profile: OwnProfile,
    application: Application,
    { note = blank({ note: profile.note }), answer = blank(), said }: Sent = {},
  ): Promise<string> {
    const { t } = person.frame;
    const memberOf = await accounts.groupsOf(person.account.id);
    const claims = oidc.claimsOf({
      application,
      profile,
      groups: memberOf.filter(({ id }) => profile.groups.includes(id)).map(({ name }) => name),
    });
    const path = `/profiles/${profile.id}`;
    const isActive = profile.status === 'active';
    const canEnter = isActive && (await saml.unsolicited(application.id)) !== undefined;
    const isHere = (await oidc.standingProfile(person.session, application.id)) === profile.id;
    const leavable = isHere ? await saml.leavable(person.session) : [];
    const leaving = leavable.find(({ applicationId }) => applicationId === application.id);
    for (const address of leaving?.addresses ?? []) allowFormsTo(res, originOf(address));
    const isTold = application.email === 'alias' && profile.status !== 'deleted' && profile.status !== 'requested';
    const standing = isTold ? await relay?.standing(person.account.id, profile.id) : undefined;
    const until = profile.retiredDay === undefined ? undefined : addDays(profile.retiredDay, UNDO_DAYS);
    return profilePage(person.frame, {
      profile: { ...profile, alias: undefined, takenBack: profile.source === 'imported' },
      application,
      // They were asked when they took it back, and may have gone away then.
      oldAddressUrl: (await legacy.reclaim.asksToMove(person.account.id, profile.id))
        ? `${path}/old-address`
        : undefined,
      receives: [
        { label: t('fact.name'), value: claims.preferred_username },
        ...(claims.email === undefined ? [] : [{ label: t('fact.address'), value: claims.email }]),
        { label: t('fact.identifier'), value: claims.sub },
        ...(claims.groups.length === 0 ? [] : [{ label: t('fact.groups'), value: claims.groups.join(', ') }]),
      ],
      form: note,
      noteAction: `${path}/note`,
      groups: memberOf.map(({ id, name }) => ({ id, name, shown: profile.groups.includes(id) })),
      groupsAction: `${path}/groups`,
      csrf: person.csrf,
      mail: isTold ? { url: `${path}/mail`, text: modeText(t, standing?.mode, application.name) } : undefined,
      request: await requestFor(profile, answer),
      decisions: await decisionsOf(person.account.id, profile),
      // Who was let in just now, most likely by the letter that leads here.
      isReady: isActive && !canEnter && profile.source === 'requested' && profile.lastUsedDay === undefined,
      enterAction: canEnter ? `${path}/enter` : undefined,
      leaveAction: leaving ? `${path}/leave` : undefined,
      switchAction: isActive ? `${path}/switch` : undefined,
      retireUrl: isActive || profile.status === 'blocked' ? `${path}/retire` : undefined,
      undo: profile.status === 'retired' && until !== undefined ? { until, action: `${path}/undo` } : undefined,
      notice: said,
    });
  };
}
