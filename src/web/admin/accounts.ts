import { Router, type Request } from 'express';
import { accountsPage, type AccountsData } from '../../../views/admin/accounts.tsx';
import type { Account, Accounts, NewLink } from '../../accounts/accounts.ts';
import { KEPT_MAX } from '../account-form.ts';
import { blank, field, fieldList, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';
import { UserError } from '../../errors.ts';

type Needs = {
  accounts: Pick<Accounts, 'groups' | 'invitations' | 'search'>;
  issuer: string;
  now: () => number;
  visits: Visits;
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const INVITE_FIELDS = {
  invitation_uses_invalid: 'uses',
  invitation_single: 'uses',
  invitation_days_invalid: 'days',
  sign_up_closed: 'label',
  label_invalid: 'label',
  groups_too_many: 'group',
  group_unknown: 'group',
  invitations_full: 'label',
};

/** What a page shows besides what always stands on it. */
type More = Partial<Pick<AccountsData, 'searchForm' | 'found' | 'inviteForm' | 'link' | 'notice'>> & {
  chosen?: readonly string[];
};

/** How many hours are left, at least one while there is any time. */
export const hoursUntil = (at: number, now: number): number => Math.ceil((at - now) / HOUR);

function matchOf(who: string, { mailboxVerified }: Account): 'login' | 'verified' | 'unverified' {
  if (!who.includes('@')) return 'login';
  return mailboxVerified ? 'verified' : 'unverified';
}

/** Administrators' page of accounts: finding one, inviting people, open invitations. */
export function accountsRoutes({ accounts, issuer, now, visits }: Needs): Router {
  const router = Router();
  const { invitations } = accounts;

  async function render(person: Person, more: More): Promise<string> {
    const { chosen = [], ...shown } = more;
    const groups = (await accounts.groups.names()).map(({ id, name }) => ({ id, name, checked: chosen.includes(id) }));
    const open = (await invitations.list()).map(({ role, expiresAt, ...invitation }) => ({
      ...invitation,
      administrator: role === 'administrator',
      hours: hoursUntil(expiresAt, now()),
    }));
    return accountsPage(person.frame, {
      searchForm: blank(),
      inviteForm: invitations.areOpen ? blank({ role: 'person', uses: '1', days: '1' }) : undefined,
      groups,
      invitations: open,
      csrf: person.csrf,
      ...shown,
    });
  }

  const shownLink = ({ token, expiresAt }: NewLink, { label, uses }: { label: string; uses: number }) => ({
    address: `${issuer}/link/${token}`,
    label,
    uses,
    days: Math.ceil((expiresAt - now()) / DAY),
  });
  /** A number as it is written, and none that is not plainly one. */
  const numberOf = (text: string): number => (/^\d{1,6}$/u.test(text) ? Number(text) : Number.NaN);
  const roleOf = (req: Request) => (field(req, 'role') === 'administrator' ? 'administrator' : 'person');

  router.get(
    '/admin/accounts',
    visits.forAdministrator(async (person, req, res) => {
      res.send(await render(person, { notice: notice(req, person.frame.t) }));
    }),
  );

  // Posted, so that no address stands in an address: those are written down on the way.
  router.post(
    '/admin/accounts/find',
    visits.forAdministrator(async (person, req, res) => {
      const who = field(req, 'who').trim();
      const values = { who: who.slice(0, KEPT_MAX) };
      const found = (await accounts.search(who)).map((account) => ({
        id: account.id,
        loginName: account.loginName,
        status: account.status,
        match: matchOf(who, account),
      }));
      if (found.length === 0) {
        const searchForm = withError(person.frame.t, values, new UserError('account_not_found'), {
          account_not_found: 'who',
        });
        res.status(422).send(await render(person, { searchForm }));
      } else res.send(await render(person, { searchForm: blank(values), found }));
    }),
  );

  router.post(
    '/admin/accounts/invite',
    visits.forRecentAdministrator(async (person, req, res) => {
      const label = field(req, 'label');
      const [uses, days] = [field(req, 'uses').trim(), field(req, 'days').trim()];
      const chosen = fieldList(req, 'group');
      try {
        const counts = { uses: numberOf(uses), days: numberOf(days) };
        const link = await invitations.invite(
          { label, role: roleOf(req), groups: chosen, ...counts },
          person.account.id,
        );
        // Shown on this answer and never again: no redirection, so that no address leads back to it.
        res.send(await render(person, { link: shownLink(link, { label: label.trim(), uses: counts.uses }) }));
      } catch (error) {
        const kept = { uses: uses.slice(0, KEPT_MAX), days: days.slice(0, KEPT_MAX) };
        const values = { label: label.slice(0, KEPT_MAX), role: roleOf(req), ...kept };
        const inviteForm = withError(person.frame.t, values, error, INVITE_FIELDS);
        res.status(422).send(await render(person, { inviteForm, chosen }));
      }
    }),
  );

  router.post(
    '/admin/accounts/renew',
    visits.forRecentAdministrator(async (person, req, res) => {
      const id = field(req, 'invitation');
      const link = await invitations.renew(id, person.account.id);
      const renewed = (await invitations.list()).find((invitation) => invitation.id === id);
      res.send(await render(person, { link: shownLink(link, renewed ?? { label: '', uses: 1 }) }));
    }),
  );

  router.post(
    '/admin/accounts/withdraw',
    visits.forAdministrator(async (_person, req, res) => {
      await invitations.withdraw(field(req, 'invitation'));
      res.redirect(303, '/admin/accounts?notice=invitation_withdrawn');
    }),
  );

  // A reload after an error leads back to the page that the form stands on.
  router.get(/^\/admin\/accounts\/(?:find|invite|renew|withdraw)$/u, (_req, res) => {
    res.redirect(303, '/admin/accounts');
  });

  return router;
}
