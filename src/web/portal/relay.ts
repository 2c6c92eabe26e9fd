import { Router } from 'express';
import { UserError } from '../../errors.ts';
import type { OwnProfile } from '../../profiles/profiles.ts';
import { mailPage, type MailRow } from '../../../views/portal/relay.tsx';
import type { Translate } from '../../../views/text.ts';
import { notice } from '../notice.ts';
import { relayMessageRoutes } from './relay-message.ts';
import { mailTroubleOf, paged, type RelayNeeds } from './relay-pages.ts';
import { relayProfileRoutes } from './relay-profile.ts';

/** A person's mail: all profiles on one page, for whoever owns them all, and each profile on pages of its own. */
export function relayRoutes(needs: RelayNeeds): Router {
  const { applications, aliasDomain, profiles, relay, visits } = needs;
  const router = Router();

  async function rowOf(t: Translate, accountId: string, profile: OwnProfile, application: string): Promise<MailRow> {
    const standing = await relay?.standing(accountId, profile.id);
    const { mode = 'on', waiting = 0, held = 0, failed = 0 } = standing ?? {};
    return {
      id: profile.id,
      name: profile.name,
      application,
      address: `${profile.aliasLocal}@${aliasDomain}`,
      mode,
      counts: [
        held === 0 ? [] : t('relay.count_held', { count: held }),
        failed === 0 ? [] : t('relay.count_failed', { count: failed }),
        waiting === 0 ? [] : t('relay.count_waiting', { count: waiting }),
      ].flat(),
      isMarked: held + failed > 0,
    };
  }

  router.get(
    '/mail',
    visits.forPerson(async ({ account, csrf, frame }, req, res) => {
      const told = (await applications.list()).filter(({ email }) => email === 'alias');
      const names = new Map(told.map(({ id, name }) => [id, name]));
      const mine = await profiles.all(account.id, [...names.keys()]);
      const all = await Promise.all(
        mine.map((profile) => rowOf(frame.t, account.id, profile, names.get(profile.applicationId) ?? '')),
      );
      const rank = ({ isMarked, counts }: MailRow): number => (isMarked ? 0 : counts.length > 0 ? 1 : 2);
      const { items, paging } = paged(
        req,
        '/mail',
        all.toSorted((a, b) => rank(a) - rank(b)),
      );
      res.send(
        mailPage(frame, {
          isForwarded: relay !== undefined,
          trouble: await mailTroubleOf(relay, account.id),
          rows: items,
          paging,
          csrf,
          notice: notice(req, frame.t),
        }),
      );
    }),
  );

  router.post(
    '/mail/resume',
    visits.forPerson(async ({ account }, _req, res) => {
      if (relay === undefined) throw new UserError('not_found');
      await relay.resume(account.id);
      res.redirect(303, '/mail?notice=mail_resumed');
    }),
  );

  router.use(relayProfileRoutes(needs));
  router.use(relayMessageRoutes(needs));
  return router;
}
