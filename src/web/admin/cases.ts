import { Router, type Request, type Response } from 'express';
import { casePage, type GoneRequest, type ShownEntry } from '../../../views/admin/case.tsx';
import { casesPage } from '../../../views/admin/cases.tsx';
import type { Frame } from '../../../views/layout.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import type { Applications } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import type { Moderation } from '../../moderation/moderation.ts';
import type { Profiles } from '../../profiles/profiles.ts';
import type { Case, Register } from '../../register/register.ts';
import { blank, field, param, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = {
  accounts: Pick<Accounts, 'find'>;
  applications: Pick<Applications, 'find'>;
  moderation: { readonly log: Pick<Moderation['log'], 'of'> };
  profiles: Pick<Profiles, 'find' | 'isOwn'>;
  register: Pick<Register, 'cases'>;
  visits: Visits;
};

/** So many are on one page. */
const SIZE = 50;
/** What is shown again of words that were too long, in characters. */
const SHOWN = 4000;

const FIELDS = {
  note: { words_too_few: 'words', words_too_many: 'words', case_full: 'words' },
  close: { words_too_few: 'outcome', words_too_many: 'outcome' },
} as const;

/** Administrators' pages of what moderators refer to them. They show the profile, and nothing of the person. */
export function caseRoutes(needs: Needs): Router {
  const { accounts, applications, moderation, profiles, register, visits } = needs;
  const { cases } = register;
  const router = Router();

  const nameOf = async (applicationId: string): Promise<string> => (await applications.find(applicationId))?.name ?? '';

  /** How the profile is called. Of a request that no longer waits there is none: the log says how it was called, and its end. */
  async function profileOf({ t }: Frame, profileId: string): Promise<{ name: string; gone?: GoneRequest }> {
    const profile = await profiles.find(profileId);
    if (profile !== undefined) return { name: profile.name };
    const history = await moderation.log.of(profileId);
    const name = history.findLast(({ detail }) => detail?.['name'] !== undefined)?.detail?.['name'];
    const end = history.findLast(({ kind }) => kind === 'withdrawn' || kind === 'refused');
    const became = end === undefined ? undefined : end.kind === 'refused' ? 'refused' : 'withdrawn';
    return { name: name ?? t('admin.cases.gone'), gone: { became, day: end?.day } };
  }

  async function shown(entry: Case['entries'][number], language: 'fr' | 'en'): Promise<ShownEntry> {
    const by = (await accounts.find(entry.by))?.loginName ?? '';
    return { kind: entry.kind, by, day: entry.day, reason: entry.reason?.[language], words: entry.words };
  }

  /**
   * The case of the address, unless it is about a profile of their own.
   * @throws {UserError} not_found, own_profile
   */
  async function found(person: Person, req: Request): Promise<Case> {
    const one = await cases.find(param(req, 'id'));
    if (one === undefined) throw new UserError('not_found');
    if (await profiles.isOwn(person.account.id, one.profileId)) throw new UserError('own_profile');
    return one;
  }

  async function render(
    person: Person,
    req: Request,
    one: Case,
    forms: { note?: Form; close?: Form },
  ): Promise<string> {
    const { frame, csrf } = person;
    const entries = await Promise.all(one.entries.map((entry) => shown(entry, frame.language)));
    const { outcome } = one;
    const { name: profile, gone } = await profileOf(frame, one.profileId);
    return casePage(frame, {
      id: one.id,
      profileId: one.profileId,
      profile,
      gone,
      application: await nameOf(one.applicationId),
      profileUrl: `/moderation/${one.applicationId}/profiles/${one.profileId}`,
      status: one.status,
      day: one.day,
      entries,
      outcome: outcome && (await shown(outcome, frame.language)),
      noteForm: forms.note ?? blank(),
      closeForm: forms.close ?? blank(),
      csrf,
      notice: notice(req, frame.t),
    });
  }

  router.get(
    '/admin/cases',
    visits.forAdministrator(async ({ frame }, req, res) => {
      const status = req.query['status'] === 'closed' ? 'closed' : 'open';
      const page = Math.max(1, Math.trunc(Number(req.query['page'])) || 1);
      const { cases: some, total } = await cases.list(status, page, SIZE);
      const rows = await Promise.all(
        some.map(async ({ id, profileId, applicationId, day, entries }) => ({
          id,
          profile: (await profileOf(frame, profileId)).name,
          application: await nameOf(applicationId),
          day,
          entries: entries.length,
        })),
      );
      const address = (number: number): string => `/admin/cases?status=${status}&page=${number}`;
      res.send(
        casesPage(frame, {
          status,
          cases: rows,
          total,
          previousUrl: page > 1 ? address(page - 1) : undefined,
          nextUrl: page * SIZE < total ? address(page + 1) : undefined,
          notice: notice(req, frame.t),
        }),
      );
    }),
  );

  router.get(
    '/admin/cases/:id',
    visits.forAdministrator(async (person, req, res) => {
      res.send(await render(person, req, await found(person, req), {}));
    }),
  );

  /** A form about an open case that does one thing, or shows the page with what was wrong. */
  function form(
    name: 'note' | 'close',
    input: 'words' | 'outcome',
    act: (by: string, id: string, text: string) => Promise<void>,
  ): void {
    const handler = async (person: Person, req: Request, res: Response): Promise<void> => {
      const one = await found(person, req);
      const text = field(req, input);
      try {
        await act(person.account.id, one.id, text);
        res.redirect(303, `/admin/cases/${one.id}?notice=${name === 'note' ? 'case_noted' : 'case_closed'}`);
      } catch (error) {
        const wrong = withError(person.frame.t, { [input]: text.slice(0, SHOWN) }, error, FIELDS[name]);
        res.status(422).send(await render(person, req, one, { [name]: wrong }));
      }
    };
    router.post(`/admin/cases/:id/${name}`, visits.forAdministrator(handler));
  }

  form('note', 'words', (by, id, text) => cases.note(by, id, text));
  form('close', 'outcome', (by, id, text) => cases.close(by, id, text));

  return router;
}
