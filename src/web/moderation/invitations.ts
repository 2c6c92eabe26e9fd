import { Router, type Request } from 'express';
import { profileInvitationsPage, type ProfileInvitationsData } from '../../../views/moderation/invitations.tsx';
import type { Moderation, ProfileInvitation } from '../../moderation/moderation.ts';
import { KEPT_MAX } from '../account-form.ts';
import { hoursUntil } from '../admin/accounts.ts';
import { blank, field, withError } from '../form.ts';
import { sendListing } from '../listing.ts';
import { notice } from '../notice.ts';
import type { Moderating, Visits } from '../visit.ts';

type Needs = {
  issuer: string;
  moderation: Pick<Moderation, 'invitations'>;
  now: () => number;
  visits: Visits;
};

const FIELDS = {
  invitation_uses_invalid: 'uses',
  invitation_days_invalid: 'days',
  note_too_long: 'note',
  invitations_full: 'note',
};

const DAY = 86_400_000;

/** A number as it is written, and none that is not plainly one. */
const numberOf = (text: string): number => (/^\d{1,6}$/u.test(text) ? Number(text) : Number.NaN);

/** Moderators hand out links for profiles. */
export function profileInvitationRoutes({ issuer, moderation, now, visits }: Needs): Router {
  const router = Router();
  const { invitations } = moderation;

  const shown = ({ expiresAt, ...invitation }: ProfileInvitation) => ({
    ...invitation,
    hours: hoursUntil(expiresAt, now()),
  });

  async function render(
    { application, frame, csrf }: Moderating,
    more: Partial<Pick<ProfileInvitationsData, 'form' | 'link' | 'notice'>>,
  ): Promise<string> {
    return profileInvitationsPage(frame, {
      application,
      invitations: (await invitations.list(application.id)).map(shown),
      form: blank({ uses: '1', days: '7' }),
      isClosed: application.policy === 'closed',
      csrf,
      ...more,
    });
  }

  const typed = (req: Request) => ({
    uses: field(req, 'uses').trim(),
    days: field(req, 'days').trim(),
    note: field(req, 'note'),
  });

  router.get(
    '/moderation/:application/invitations',
    visits.forModerator(async (moderating, req, res) => {
      const list = (await invitations.list(moderating.application.id)).map(shown);
      await sendListing(req, res, {
        name: 'invitations',
        items: list,
        columns: {
          note: ({ note }) => note,
          people: ({ uses }) => uses,
          hours: ({ hours }) => hours,
          by: ({ by }) => by,
          valid: ({ isBacked }) => Number(isBacked),
        },
        json: () => ({ invitations: list }),
        page: () => render(moderating, { notice: notice(req, moderating.frame.t) }),
      });
    }),
  );

  router.post(
    '/moderation/:application/invitations',
    visits.forModerator(async (moderating, req, res) => {
      const { actor, application, frame } = moderating;
      const { uses, days, note } = typed(req);
      try {
        const wanted = { uses: numberOf(uses), days: numberOf(days), note };
        const { token, expiresAt } = await invitations.make(actor, application.id, wanted);
        const label = frame.t('moderation.invitations.label', { application: application.name });
        const life = Math.ceil((expiresAt - now()) / DAY);
        // Shown on this answer and never again: no redirection, so that no address leads back to it.
        const link = { address: `${issuer}/invited/${token}`, label, uses: wanted.uses, days: life };
        res.send(await render(moderating, { link }));
      } catch (error) {
        const values = Object.fromEntries(
          Object.entries({ uses, days, note }).map(([name, value]) => [name, value.slice(0, 4 * KEPT_MAX)]),
        );
        const form = withError(frame.t, values, error, FIELDS);
        res.status(422).send(await render(moderating, { form }));
      }
    }),
  );

  router.post(
    '/moderation/:application/invitations/withdraw',
    visits.forModerator(async ({ actor, application }, req, res) => {
      await invitations.withdraw(actor, application.id, field(req, 'invitation'));
      res.redirect(303, `/moderation/${application.id}/invitations?notice=link_void`);
    }),
  );

  return router;
}
