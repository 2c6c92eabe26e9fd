import { Router } from 'express';
import { delegatedGroupPage, delegatedGroupsPage } from '../../../views/portal/delegated.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import { KEPT_MAX } from '../account-form.ts';
import { blank, field, statusOf, withError } from '../form.ts';
import { sendListing } from '../listing.ts';
import { notice } from '../notice.ts';
import type { Delegated, Visits } from '../visit.ts';

type Needs = { accounts: Pick<Accounts, 'delegates' | 'groups'>; visits: Visits };

const FIELDS = { member_unknown: 'login', try_later: 'login' };

/** The groups that somebody looks after: who is in them, and nothing else. */
export function delegatedRoutes({ accounts: { delegates, groups }, visits }: Needs): Router {
  const router = Router();

  async function render({ frame, group, csrf }: Delegated, form: Form, said?: string): Promise<string> {
    return delegatedGroupPage(frame, { group, members: await groups.members(group.id), form, csrf, notice: said });
  }

  router.get(
    '/groups',
    visits.forPerson(async ({ account, frame }, _req, res) => {
      res.send(delegatedGroupsPage(frame, { groups: await delegates.groupsOf(account.id) }));
    }),
  );

  router.get(
    '/groups/:group',
    visits.forDelegate(async (delegated, req, res) => {
      const members = await groups.members(delegated.group.id);
      await sendListing(req, res, {
        name: 'members',
        items: members,
        columns: { login_name: (loginName) => loginName },
        json: () => ({ members }),
        page: () => render(delegated, blank(), notice(req, delegated.frame.t)),
      });
    }),
  );

  router.post(
    '/groups/:group/add',
    visits.forDelegate(async (delegated, req, res) => {
      const { account, frame, group } = delegated;
      const login = field(req, 'login').trim();
      try {
        await delegates.addMember(account.id, group.id, login);
        res.redirect(303, `/groups/${group.id}?notice=saved`);
      } catch (error) {
        const form = withError(frame.t, { login: login.slice(0, KEPT_MAX) }, error, FIELDS);
        res.status(error instanceof UserError ? statusOf(error.code) : 422);
        res.send(await render(delegated, form));
      }
    }),
  );

  router.post(
    '/groups/:group/remove',
    visits.forDelegate(async ({ account, group }, req, res) => {
      await delegates.removeMember(account.id, group.id, field(req, 'login'));
      res.redirect(303, `/groups/${group.id}?notice=saved`);
    }),
  );

  return router;
}
