import { Router, type Request, type Response } from 'express';
import type { Application } from '../../applications/applications.ts';
import { UserError } from '../../errors.ts';
import type { LogLine, RelayOwner } from '../../mail/owner.ts';
import type { OwnProfile } from '../../profiles/profiles.ts';
import { correspondentsPage } from '../../../views/portal/relayCorrespondents.tsx';
import { profileMailPage } from '../../../views/portal/relayProfile.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { MailLine } from '../../../views/portal/relayParts.tsx';
import type { Translate } from '../../../views/text.ts';
import { blank, field, param, withError } from '../form.ts';
import { notice } from '../notice.ts';
import type { Person } from '../visit.ts';
import { paged, type RelayNeeds } from './relay-pages.ts';
import { outcomeText } from './relay-words.ts';

const MODES = ['on', 'held', 'muted'] as const;
const STRANGERS = ['refuse', 'hold'] as const;

/** What a line of the log says on a page of the profile. */
function shownLine(t: Translate, path: string, line: LogLine, application: string): MailLine {
  const { id, at, way, domain, outcome } = line;
  // Nothing more is known of what was never let in.
  const isAll = ['muted', 'refused', 'stranger', 'stopped'].includes(outcome);
  return {
    id,
    at,
    title: outcomeText(t, line, application),
    detail: way === 'in' ? t('relay.from_where', { domain }) : t('relay.to_where', { domain }),
    url: isAll ? undefined : `${path}/${id}`,
  };
}

/** Mail to one profile, for its owner: what came, what becomes of what comes, who wrote. */
export function relayProfileRoutes({ applications, aliasDomain, profiles, relay, visits }: RelayNeeds): Router {
  const router = Router();
  const path = '/profiles/:id/mail';

  async function find(person: Person, req: Request): Promise<{ profile: OwnProfile; application: Application }> {
    const profile = await profiles.own(person.account.id, param(req, 'id'));
    return { profile, application: await applications.get(profile.applicationId) };
  }

  function open(): RelayOwner {
    if (relay === undefined) throw new UserError('not_found');
    return relay;
  }

  async function render(person: Person, req: Request, wrong?: Form): Promise<string> {
    const { account, csrf, frame } = person;
    const { profile, application } = await find(person, req);
    const here = `/profiles/${profile.id}/mail`;
    const standing = await relay?.standing(account.id, profile.id);
    const log = (await relay?.log(account.id, profile.id)) ?? [];
    const show = (line: LogLine): MailLine => shownLine(frame.t, here, line, application.name);
    const { items, paging } = paged(req, here, log);
    return profileMailPage(frame, {
      path: here,
      profile: { id: profile.id, name: profile.name },
      application: application.name,
      address: `${profile.aliasLocal}@${aliasDomain}`,
      attention: log
        .filter(({ until }) => until !== undefined)
        .slice(0, 50)
        .map(show),
      log: items.map(show),
      paging,
      form: standing && (wrong ?? blank({ mode: standing.mode, strangers: standing.strangers })),
      csrf,
      notice: notice(req, frame.t),
    });
  }

  router.get(
    path,
    visits.forPerson(async (person, req, res) => {
      res.send(await render(person, req));
    }),
  );

  /** A choice among a few; what is none of them shows the page with that. */
  function choice<Value extends string>(
    name: string,
    values: readonly Value[],
    choose: (relay: RelayOwner, accountId: string, profileId: string, value: Value) => Promise<void>,
  ): void {
    router.post(
      `${path}/${name}`,
      visits.forPerson(async (person, req, res: Response) => {
        const { profile } = await find(person, req);
        const value = values.find((known) => known === field(req, name));
        if (value === undefined) {
          const standing = await open().standing(person.account.id, profile.id);
          const kept = { mode: standing.mode, strangers: standing.strangers };
          const error = new UserError('choice_required');
          const form = withError(person.frame.t, kept, error, { choice_required: name });
          res.status(422).send(await render(person, req, form));
          return;
        }
        await choose(open(), person.account.id, profile.id, value);
        res.redirect(303, `/profiles/${profile.id}/mail?notice=saved`);
      }),
    );
  }
  // These look like messages.
  router.get([`${path}/mode`, `${path}/strangers`], (req, res) => {
    res.redirect(303, `/profiles/${param(req, 'id')}/mail`);
  });
  choice('mode', MODES, (owner, accountId, profileId, mode) => owner.setMode(accountId, profileId, mode));
  choice('strangers', STRANGERS, (owner, accountId, profileId, strangers) =>
    owner.setStrangers(accountId, profileId, strangers),
  );

  router.get(
    `${path}/correspondents`,
    visits.forPerson(async (person, req, res) => {
      const { profile } = await find(person, req);
      const here = `/profiles/${profile.id}/mail/correspondents`;
      const { items, paging } = paged(req, here, await open().correspondents(person.account.id, profile.id));
      res.send(
        correspondentsPage(person.frame, {
          path: here,
          backUrl: `/profiles/${profile.id}/mail`,
          profile: profile.name,
          people: items,
          paging,
          csrf: person.csrf,
          notice: notice(req, person.frame.t),
        }),
      );
    }),
  );

  for (const verb of ['block', 'unblock'] as const) {
    router.post(
      `${path}/correspondents/${verb}`,
      visits.forPerson(async (person, req, res) => {
        const { profile } = await find(person, req);
        await open().block(person.account.id, profile.id, field(req, 'correspondent'), verb === 'block');
        res.redirect(303, `/profiles/${profile.id}/mail/correspondents?notice=correspondent_${verb}ed`);
      }),
    );
  }

  return router;
}
