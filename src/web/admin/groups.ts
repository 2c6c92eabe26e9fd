import { Router } from 'express';
import type { Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import { groupPage } from '../../../views/admin/group.tsx';
import { groupsPage } from '../../../views/admin/groups.tsx';
import type { Form } from '../../../views/parts/form.ts';
import { blank, field, param, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person, Visits } from '../visit.ts';

type Needs = { accounts: Pick<Accounts, 'delegates' | 'findByLogin' | 'groups'>; visits: Visits };

const NAME_FIELDS = { group_name_invalid: 'name', group_name_taken: 'name' };

/** Administrators' pages of groups: made, filled and emptied here. */
export function groupRoutes({ accounts, visits }: Needs): Router {
  const router = Router();
  const { delegates, groups } = accounts;

  async function renderList(person: Person, form: Form, said?: string): Promise<string> {
    return groupsPage(person.frame, { groups: await groups.list(), form, csrf: person.csrf, notice: said });
  }

  async function renderGroup(
    person: Person,
    id: string,
    more: { form?: Form; renameForm?: Form; delegateForm?: Form; said?: string | undefined },
  ): Promise<string> {
    const group = (await groups.list()).find((entry) => entry.id === id);
    if (group === undefined) throw new UserError('not_found');
    const members = (await groups.members(id)).map((loginName) => ({ loginName }));
    return groupPage(person.frame, {
      group,
      members,
      delegates: await delegates.of(id),
      delegateForm: more.delegateForm,
      form: more.form ?? blank(),
      renameForm: more.renameForm,
      csrf: person.csrf,
      notice: more.said ?? undefined,
    });
  }

  router.get(
    '/admin/groups',
    visits.forAdministrator(async (person, req, res) => {
      res.send(await renderList(person, blank(), notice(req, person.frame.t)));
    }),
  );

  router.post(
    '/admin/groups',
    visits.forAdministrator(async (person, req, res) => {
      const name = field(req, 'name');
      try {
        const group = await groups.create(name);
        res.redirect(303, `/admin/groups/${group.id}?notice=group_created`);
      } catch (error) {
        const form = withError(person.frame.t, { name: name.slice(0, 100) }, error, NAME_FIELDS);
        res.status(422).send(await renderList(person, form));
      }
    }),
  );

  router.get(
    '/admin/groups/:id',
    visits.forAdministrator(async (person, req, res) => {
      const name = (await groups.list()).find((entry) => entry.id === param(req, 'id'))?.name;
      res.send(await renderGroup(person, param(req, 'id'), { said: notice(req, person.frame.t, name) }));
    }),
  );

  router.post(
    '/admin/groups/:id/rename',
    visits.forAdministrator(async (person, req, res) => {
      const name = field(req, 'name');
      try {
        await groups.rename(param(req, 'id'), name);
        res.redirect(303, `/admin/groups/${encodeURIComponent(param(req, 'id'))}?notice=group_renamed`);
      } catch (error) {
        const renameForm = withError(person.frame.t, { name: name.slice(0, 100) }, error, NAME_FIELDS);
        res.status(422).send(await renderGroup(person, param(req, 'id'), { renameForm }));
      }
    }),
  );

  router.post(
    '/admin/groups/:id/factor',
    visits.forAdministrator(async (_person, req, res) => {
      await groups.setSecondFactor(param(req, 'id'), field(req, 'secondFactor') !== '');
      res.redirect(303, `/admin/groups/${encodeURIComponent(param(req, 'id'))}?notice=saved`);
    }),
  );

  router.post(
    '/admin/groups/:id/delete',
    visits.forAdministrator(async (person, req, res) => {
      await groups.remove(param(req, 'id'));
      res.redirect(303, '/admin/groups?notice=saved');
    }),
  );

  router.post(
    '/admin/groups/:id/add',
    visits.forAdministrator(async (person, req, res) => {
      const login = field(req, 'login').trim();
      try {
        await groups.addMember(param(req, 'id'), login);
        res.redirect(303, `/admin/groups/${encodeURIComponent(param(req, 'id'))}?notice=saved`);
      } catch (error) {
        const form = withError(person.frame.t, { login: login.slice(0, 100) }, error, { account_unknown: 'login' });
        res.status(422).send(await renderGroup(person, param(req, 'id'), { form }));
      }
    }),
  );

  router.post(
    '/admin/groups/:id/remove',
    visits.forAdministrator(async (person, req, res) => {
      await groups.removeMember(param(req, 'id'), field(req, 'login'));
      res.redirect(303, `/admin/groups/${encodeURIComponent(param(req, 'id'))}?notice=saved`);
    }),
  );

  router.post(
    '/admin/groups/:id/delegates/add',
    visits.forRecentAdministrator(async (person, req, res) => {
      const id = param(req, 'id');
      const login = field(req, 'login').trim();
      try {
        const account = await accounts.findByLogin(login);
        if (account === undefined) throw new UserError('account_unknown');
        await delegates.name(id, account.id, person.account.id);
        res.redirect(303, `/admin/groups/${encodeURIComponent(id)}?notice=saved`);
      } catch (error) {
        const fields = { account_unknown: 'login', delegates_full: 'login' };
        const delegateForm = withError(person.frame.t, { login: login.slice(0, 100) }, error, fields);
        res.status(422).send(await renderGroup(person, id, { delegateForm }));
      }
    }),
  );

  router.post(
    '/admin/groups/:id/delegates/remove',
    visits.forRecentAdministrator(async (person, req, res) => {
      const id = param(req, 'id');
      await delegates.dismiss(id, field(req, 'account'), person.account.id);
      res.redirect(303, `/admin/groups/${encodeURIComponent(id)}?notice=saved`);
    }),
  );

  // The forms about delegates stand on the page of their group.
  router.get(/^(\/admin\/groups\/[^/]+)\/delegates(?:\/(?:add|remove))?$/u, (req, res) => {
    res.redirect(303, String(req.params[0]));
  });

  return router;
}
