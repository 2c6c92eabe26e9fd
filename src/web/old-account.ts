import type { Request, Response } from 'express';
import { oldAccountPage, oldCodePage } from '../../views/journey/oldAccount.tsx';
import type { Frame } from '../../views/layout.tsx';
import type { Form } from '../../views/parts/form.ts';
import type { Account } from '../accounts/accounts.ts';
import type { Application } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { mayTakeBack, type Offer } from '../journey/journey.ts';
import type { Legacy } from '../legacy/legacy.ts';
import type { Profile, Profiles } from '../profiles/profiles.ts';
import { blank, field, statusOf, withError } from './form.ts';

type Needs = {
  legacy: { readonly reclaim: Reclaim };
  profiles: Pick<Profiles, 'at'>;
};

type Reclaim = Pick<
  Legacy['reclaim'],
  'hasNames' | 'isReserved' | 'offers' | 'sendCode' | 'withCode' | 'withOffer' | 'withPassword'
>;

/** Where the forms stand: at `base`, and below it. */
export type OldPlace = {
  readonly account: Account;
  readonly application: Application;
  readonly base: string;
  readonly csrf: string;
  readonly back: string | undefined;
};

/** What came of a form: a profile, or the page to show, with its status set. */
export type TakenBack = { readonly profile: Profile } | { readonly page: string };

export type OldAccounts = ReturnType<typeof makeOldAccounts>;

/** What is shown again of a name, longer than any that was imported. */
const SHOWN = 300;

/** Which field an error belongs to, where both stand there; what is about the person has none. */
const FIELDS: Readonly<Record<string, string>> = {
  old_name_wrong: 'oldName',
  old_name_taken: 'oldName',
  old_name_second_factor: '',
  quota_full: '',
  new_profiles_barred: '',
  try_later: '',
};
/** The same where the name is known already. */
const OFFER_FIELDS = { ...FIELDS, old_password_wrong: 'oldPassword', old_offer_gone: '', old_name_taken: '' };
const CODE_FIELDS = {
  ...FIELDS,
  old_code_wrong: 'code',
  old_code_or_password_wrong: 'code',
  old_password_missing: 'oldPassword',
  old_name_taken: '',
};

/**
 * A name as people write it: in the fediverse and at Matrix with an @ before it, and what comes after the next one, or
 * after a colon, is no part of it.
 */
function typedName(req: Request): string {
  const typed = field(req, 'oldName').trim();
  return typed.startsWith('@') ? (typed.slice(1).split(/[@:]/u, 1)[0] ?? '') : typed;
}

/**
 * An error with the sentence that fits its form: one of the same kind, by what was typed alone, so that it tells nothing of
 * what was right.
 */
const worded = (error: UserError, sentences: Readonly<Record<string, string>>): UserError =>
  new UserError(sentences[error.code] ?? error.code, error.params);

/** Taking back an account from before Aluco: the same forms on the way to an application and on one's own pages. */
export function makeOldAccounts({ legacy: { reclaim }, profiles }: Needs) {
  async function offersFor({ account, application }: OldPlace): Promise<readonly Offer[]> {
    const held = await profiles.at(account.id, application);
    return mayTakeBack(application, held) ? reclaim.offers(account.id, application) : [];
  }

  async function page(
    frame: Frame,
    place: OldPlace,
    form: Form = blank(),
    offerForm?: { readonly name: string; readonly form: Form },
  ): Promise<string> {
    const { application, base, csrf, back } = place;
    return oldAccountPage(frame, { base, csrf, application, form, offers: await offersFor(place), offerForm, back });
  }

  /** What a form has already brought about: sent twice, or from another tab, it finds the profile. */
  async function hadBefore({ account, application }: OldPlace, name: string): Promise<Profile | undefined> {
    const held = await profiles.at(account.id, application);
    return held.profiles.find(
      (profile) => profile.source === 'imported' && (profile.oldName === name || profile.name === name),
    );
  }

  /** Takes a name back, or says with which page to answer. */
  async function take(
    res: Response,
    place: OldPlace,
    name: string,
    work: () => Promise<Profile>,
    show: (error: UserError) => Promise<string> | string,
  ): Promise<TakenBack> {
    try {
      return { profile: await work() };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const isGone = error.code === 'old_name_taken' || error.code === 'old_name_wrong';
      const own = isGone ? await hadBefore(place, name) : undefined;
      if (own !== undefined) return { profile: own };
      const shown = await show(error);
      const { seconds } = error.params;
      if (seconds !== undefined) res.setHeader('retry-after', String(seconds));
      res.status(statusOf(error.code));
      return { page: shown };
    }
  }

  return {
    page,

    /** Whether an application had people before: `base` where their names can be taken back, otherwise nothing. */
    async baseAt(application: Application, mayTakeBackAny: boolean, base: string): Promise<string | undefined> {
      return mayTakeBackAny && (await reclaim.hasNames(application.id)) ? base : undefined;
    },

    /** Whether a name that somebody wants is kept for whoever had it before. */
    isKept: (application: Application, name: string): Promise<boolean> => reclaim.isReserved(application.id, name),

    /** Takes the form with name and password; or sends a code, and answers with the page for it. */
    async takeForm(req: Request, res: Response, frame: Frame, place: OldPlace): Promise<TakenBack> {
      const { account, application, base, csrf } = place;
      const name = typedName(req);
      const values = { oldName: name.slice(0, SHOWN) };
      const network = req.ip ?? '';
      const failed = (error: UserError): Promise<string> =>
        page(frame, place, withError(frame.t, values, error, FIELDS));
      if (name === '') {
        const missing = withError(frame.t, values, new UserError('answer_required'), { answer_required: 'oldName' });
        res.status(422);
        return { page: await page(frame, place, missing) };
      }
      if (field(req, 'do') === 'code') {
        try {
          await reclaim.sendCode(account.id, application, { name, network, language: frame.language });
        } catch (error) {
          return take(res, place, '', () => Promise.reject(error), failed);
        }
        return { page: oldCodePage(frame, { base, csrf, application, name: values.oldName, form: blank() }) };
      }
      const password = field(req, 'oldPassword');
      const work = (): Promise<Profile> => reclaim.withPassword(account.id, application, { name, password, network });
      return take(res, place, name, work, failed);
    },

    /** Takes the form of a name that is the person's by their address; `show`: its page, where that is not the usual one. */
    async takeOffer(
      req: Request,
      res: Response,
      frame: Frame,
      place: OldPlace,
      show?: (form: Form) => Promise<string> | string,
    ): Promise<TakenBack> {
      const { account, application } = place;
      const name = field(req, 'oldName');
      const password = field(req, 'oldPassword');
      const work = (): Promise<Profile> =>
        reclaim.withOffer(account.id, application, { name, password, network: req.ip ?? '' });
      return take(res, place, name, work, async (error) => {
        const isOffered = (await offersFor(place)).some((one) => one.name === name && one.needsPassword);
        const sentence = isOffered ? 'old_password_wrong' : 'old_offer_gone';
        const form = withError(frame.t, {}, worded(error, { old_name_wrong: sentence }), OFFER_FIELDS);
        if (show !== undefined) return show(form);
        // What is offered no more has no form of its own.
        return isOffered ? page(frame, place, blank(), { name, form }) : page(frame, place, form);
      });
    },

    /** Takes the code that came by mail. */
    async takeCode(req: Request, res: Response, frame: Frame, place: OldPlace): Promise<TakenBack> {
      const { account, application, base, csrf } = place;
      const name = typedName(req);
      const given = { name, code: field(req, 'code').trim(), password: field(req, 'oldPassword') };
      const work = (): Promise<Profile> =>
        reclaim.withCode(account.id, application, { ...given, network: req.ip ?? '' });
      return take(res, place, name, work, (error) => {
        const sentences = {
          old_name_wrong: given.password === '' ? 'old_code_wrong' : 'old_code_or_password_wrong',
          old_name_second_factor: 'old_password_missing',
        };
        const form = withError(frame.t, { code: given.code.slice(0, 40) }, worded(error, sentences), CODE_FIELDS);
        return oldCodePage(frame, { base, csrf, application, name: name.slice(0, SHOWN), form });
      });
    },
  };
}
