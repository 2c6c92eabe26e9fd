import type { Request } from 'express';
import { createProfilePage } from '../../views/journey/createProfile.tsx';
import type { Frame } from '../../views/layout.tsx';
import type { Form } from '../../views/parts/form.ts';
import type { Account, Accounts } from '../accounts/accounts.ts';
import type { Application } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import type { Moderation } from '../moderation/moderation.ts';
import type { Entrance, Profile, Profiles } from '../profiles/profiles.ts';
import { field, withError } from './form.ts';
import type { OldAccounts } from './old-account.ts';
import { NAME_FIELDS } from './profile-form.ts';
import { receivedBy, ruleInWords } from './received.ts';

type Needs = {
  accounts: Pick<Accounts, 'timeline'>;
  moderation: { readonly requests: Pick<Moderation['requests'], 'usualWait'> };
  now: () => number;
  oldAccounts: Pick<OldAccounts, 'isKept'>;
  profiles: Pick<Profiles, 'create' | 'entrance' | 'request' | 'suggest'>;
};

/** Where the form stands, and what it shows. */
type Place = {
  readonly account: Account;
  readonly application: Application;
  readonly entrance: Entrance;
  readonly action: string;
  readonly csrf: string;
  readonly back: string | undefined;
  /** Where people take back an account that they had there before, if there were any. */
  readonly oldAccountUrl: string | undefined;
};

/** Which field of the form an error belongs to. */
const FIELDS: Readonly<Record<string, string>> = {
  ...NAME_FIELDS,
  name_not_account: 'name',
  login_name_unfit: 'name',
  words_too_many: 'words',
  urgent_used: 'urgent',
};

/** What was true when the page was made and is so no longer: the page of this moment has the words for it. */
const PASSED: ReadonlySet<string> = new Set([
  'names_awaited',
  'quota_full',
  'approval_needed',
  'policy_closed',
  'policy_invited',
  'new_profiles_barred',
  'profile_requests_full',
  'refused_often',
  'withdrawn_often',
]);

export type NewProfiles = ReturnType<typeof makeNewProfiles>;

/** Making a profile, or asking for one: the same form on the way to an application and on one's own pages. */
export function makeNewProfiles({ accounts, moderation, now, oldAccounts, profiles }: Needs) {
  async function page(
    frame: Frame,
    place: Place,
    form: Form,
    suggestions: readonly string[],
    keptName?: string,
  ): Promise<string> {
    const { account, application, entrance } = place;
    const asks = entrance.kind === 'request';
    return createProfilePage(frame, {
      action: place.action,
      csrf: place.csrf,
      application,
      form,
      rule: ruleInWords(frame.t, application.rule),
      suggestions,
      receives: receivedBy(frame.t, application, false),
      back: place.back,
      request: asks
        ? {
            days: await moderation.requests.usualWait(application.id),
            mayBeUrgent: entrance.mayBeUrgent,
            tellsOfOther: application.policy === 'further-approved',
          }
        : undefined,
      oldAccountUrl: place.oldAccountUrl,
      keptName,
      accountName: application.policy === 'account-name' ? account.loginName : undefined,
    });
  }

  return {
    page,

    /** Whether the form is to be shown at all. */
    mayMake: (entrance: Entrance | undefined): boolean => entrance !== undefined && entrance.kind !== 'refused',

    /**
     * Takes the form: the profile that was made, or waits for a yes; the page again with what is wrong; or nothing where
     * the page of this moment is another one.
     */
    async take(
      req: Request,
      frame: Frame,
      place: Place,
    ): Promise<{ readonly profile: Profile } | { readonly page: string } | undefined> {
      const { account, application } = place;
      const wanted = {
        name: field(req, 'suggestion') || field(req, 'name'),
        note: field(req, 'note'),
        loginName: account.loginName,
      };
      const words = field(req, 'words');
      const urgent = field(req, 'urgent') !== '';
      try {
        const profile =
          field(req, 'ask') === ''
            ? await profiles.create(account.id, application, wanted)
            : await profiles.request(account.id, application, { ...wanted, words, urgent });
        const kind = profile.status === 'requested' ? 'profile_requested' : 'profile_created';
        const detail = { application: application.name, profile: profile.name };
        await accounts.timeline.record(account.id, { kind, at: now(), detail });
        return { profile };
      } catch (error) {
        if (error instanceof UserError && PASSED.has(error.code)) return undefined;
        const values = {
          name: wanted.name.slice(0, 200),
          note: wanted.note.slice(0, 400),
          words: words.slice(0, 4000),
          ...(urgent ? { urgent: 'on' } : {}),
        };
        const form = withError(frame.t, values, error, FIELDS);
        const suggestions = await profiles.suggest(application, wanted.name.slice(0, 100));
        const isKept =
          place.oldAccountUrl !== undefined &&
          form.errors.some((one) => one.field === 'name') &&
          (await oldAccounts.isKept(application, values.name));
        return { page: await page(frame, place, form, suggestions, isKept ? values.name.trim() : undefined) };
      }
    },
  };
}
