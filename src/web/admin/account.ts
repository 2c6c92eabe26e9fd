import { Router, type Request, type Response } from 'express';
import { adminAccountPage, type AdminAccountData } from '../../../views/admin/account.tsx';
import { endOfSuspension, type Account, type Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import { blank, field, fieldList, param, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';
import { hoursUntil } from './accounts.ts';

type Needs = {
  accounts: Pick<
    Accounts,
    | 'find'
    | 'createdMonth'
    | 'groups'
    | 'groupsOf'
    | 'passwordLinks'
    | 'suspend'
    | 'reinstate'
    | 'setRole'
    | 'endSessions'
  >;
  issuer: string;
  now: () => number;
  visits: Visits;
};

/** Which field of its form an error belongs to. */
const FIELDS = {
  role: { last_administrator: 'role', choice_required: 'role', confirm_required: 'sure' },
  groups: { group_unknown: 'group' },
  suspend: { last_administrator: 'until', suspension_day_invalid: 'until', confirm_required: 'sure' },
  link: { account_suspended: '' },
} as const;

type FormName = keyof typeof FIELDS;
type More = Partial<Pick<AdminAccountData, 'link' | 'notice'>> & {
  forms?: Partial<AdminAccountData['forms']>;
  chosen?: readonly string[];
};

/** Somebody's account, for the person who looks at it. */
type Looking = { person: Person; account: Account; req: Request; res: Response };

/** The last day of a suspension, which its end is the first moment after. */
const lastDay = (until: number): string => new Date(until - 1).toISOString().slice(0, 10);

/** Administrators' page of one account. It knows nothing of profiles or applications. */
export function accountRoutesForAdministrators({ accounts, issuer, now, visits }: Needs): Router {
  const router = Router();
  const { passwordLinks } = accounts;

  function addressOf({ mailbox, mailboxVerified }: Account): AdminAccountData['address'] {
    if (mailbox === undefined) return 'none';
    return mailboxVerified ? 'verified' : 'unverified';
  }

  async function render({ person, account }: Looking, { forms, chosen, ...shown }: More): Promise<string> {
    const mine = chosen ?? (await accounts.groupsOf(account.id)).map(({ id }) => id);
    const groups = (await accounts.groups.names()).map(({ id, name }) => ({ id, name, checked: mine.includes(id) }));
    const pending = await passwordLinks.pending(account.id);
    return adminAccountPage(person.frame, {
      id: account.id,
      loginName: account.loginName,
      status: account.status,
      suspendedUntil: account.suspendedUntil === undefined ? undefined : lastDay(account.suspendedUntil),
      createdMonth: (await accounts.createdMonth(account.id)) ?? '',
      address: addressOf(account),
      isOwn: person.account.id === account.id,
      groups,
      forms: { role: blank({ role: account.role }), groups: blank(), suspend: blank(), link: blank(), ...forms },
      openLink: pending && {
        hours: hoursUntil(pending.expiresAt, now()),
        opensAt: pending.opensAt > now() ? pending.opensAt : undefined,
        resetsFactors: pending.resetsFactors,
      },
      linkWait: await passwordLinks.waitOf(account),
      secondFactor: account.secondFactor,
      csrf: person.csrf,
      ...shown,
    });
  }

  function route(
    method: 'get' | 'post',
    path: string,
    handler: (looking: Looking) => Promise<void>,
    guard: Visits['forRecentAdministrator'] = visits.forAdministrator,
  ): void {
    router[method](
      `/admin/accounts/:id${path}`,
      guard(async (person, req, res) => {
        const account = await accounts.find(param(req, 'id'));
        if (account === undefined) throw new UserError('not_found');
        // Its owner's alone until it is gone: there is nothing to do but see it.
        if (method === 'post' && account.status === 'leaving') throw new UserError('account_leaving');
        await handler({ person, account, req, res });
      }),
    );
  }

  /** A form that does one thing and comes back to the page, or shows the page with what was wrong. */
  function form(
    path: string,
    name: FormName,
    said: string,
    act: (looking: Looking) => Promise<void>,
    guard = visits.forAdministrator,
  ): void {
    const handler = async (looking: Looking): Promise<void> => {
      const { person, account, req, res } = looking;
      try {
        await act(looking);
        res.redirect(303, `/admin/accounts/${account.id}?notice=${said}`);
      } catch (error) {
        const values = { role: field(req, 'role'), until: field(req, 'until').slice(0, 40), sure: field(req, 'sure') };
        const wrong = withError(person.frame.t, values, error, FIELDS[name]);
        const chosen = name === 'groups' ? { chosen: fieldList(req, 'group') } : {};
        res.status(422).send(await render(looking, { forms: { [name]: wrong }, ...chosen }));
      }
    };
    route('post', path, handler, guard);
  }

  /** On one's own account, a slip would lock oneself out. */
  function confirm({ person, account, req }: Looking): void {
    if (account.id === person.account.id && field(req, 'sure') === '') throw new UserError('confirm_required');
  }

  route('get', '', async (looking) => {
    looking.res.send(await render(looking, { notice: notice(looking.req, looking.person.frame.t) }));
  });

  async function setRole(looking: Looking): Promise<void> {
    const role = field(looking.req, 'role');
    if (role !== 'person' && role !== 'administrator') throw new UserError('choice_required');
    if (role === looking.account.role) return;
    confirm(looking);
    await accounts.setRole(looking.account.id, role, looking.person.account.id);
  }
  // Nor make another administrator, who would still be there tomorrow.
  form('/role', 'role', 'saved', setRole, visits.forRecentAdministrator);

  form('/groups', 'groups', 'groups_saved', ({ account, req }) =>
    accounts.groups.assign(account.id, fieldList(req, 'group')),
  );

  form('/suspend', 'suspend', 'account_suspended', async (looking) => {
    confirm(looking);
    const day = field(looking.req, 'until').trim();
    const until = day === '' ? undefined : endOfSuspension(day, now());
    await accounts.suspend(looking.account.id, until, looking.person.account.id);
  });

  form('/reinstate', 'suspend', 'account_reinstated', ({ account, person }) =>
    accounts.reinstate(account.id, person.account.id),
  );

  form('/end-sessions', 'suspend', 'account_sessions_ended', ({ account, person }) =>
    accounts.endSessions(account.id, person.account.id),
  );

  async function makeLink(looking: Looking): Promise<void> {
    const { person, account, res } = looking;
    try {
      const resetsFactors = field(looking.req, 'factors') !== '';
      const { token } = await passwordLinks.make(account.id, { by: person.account.id, resetsFactors });
      const link = { address: `${issuer}/link/${token}`, label: account.loginName };
      res.send(await render(looking, { link }));
    } catch (error) {
      const wrong = withError(person.frame.t, {}, error, FIELDS.link);
      res.status(422).send(await render(looking, { forms: { link: wrong } }));
    }
  }
  // Whoever finds an administrator's browser open must not change that very administrator's password by it.
  route('post', '/link', makeLink, visits.forRecentAdministrator);

  form('/unlink', 'link', 'link_withdrawn', ({ account }) => passwordLinks.withdraw(account.id));

  return router;
}
