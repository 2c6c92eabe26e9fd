import { Router } from 'express';
import { mailboxPage } from '../../../views/portal/mailbox.tsx';
import type { Form } from '../../../views/parts/form.ts';
import type { Accounts, Which } from '../../accounts/accounts.ts';
import type { Config } from '../../config.ts';
import { UserError } from '../../errors.ts';
import type { RelayOwner } from '../../mail/owner.ts';
import { KEPT_MAX } from '../account-form.ts';
import { blank, field, statusOf, withError } from '../form.ts';
import type { Person, Visits } from '../visit.ts';
import { mailTroubleOf } from './relay-pages.ts';

type Needs = {
  accounts: Pick<Accounts, 'changeMailbox' | 'mailboxes'>;
  config: Pick<Config, 'ALUCO_SMTP'>;
  /** Left out where this instance forwards no mail. */
  relay: RelayOwner | undefined;
  visits: Visits;
};

const FIELDS = { mailbox_invalid: 'mailbox', mailbox_same: 'mailbox', try_later: 'mailbox' };

/** One's own mailboxes, the first and the second, each on a page for whoever proved lately who they are (A53). */
export function mailboxRoutes({ accounts, config, relay, visits }: Needs): Router {
  const router = Router();
  const { mailboxes } = accounts;
  const hasMail = config.ALUCO_SMTP !== '';

  function routesFor(which: Which, path: string): void {
    async function render({ account, csrf, frame }: Person, form: Form): Promise<string> {
      const isFirst = which === 'first';
      const trouble = await mailTroubleOf(relay, account.id);
      return mailboxPage(frame, {
        which,
        path,
        mailbox: isFirst ? account.mailbox : await mailboxes.second(account.id),
        verified: isFirst ? account.mailboxVerified : true,
        pending: (await mailboxes.pending(account.id, which))?.mailbox,
        hasMail,
        // That none is confirmed the page says by itself.
        trouble: trouble?.kind === 'unproven' ? undefined : trouble,
        form,
        csrf,
      });
    }

    /** A form that does one thing, or shows the page with what was wrong. */
    function form(below: string, said: string, act: (accountId: string, typed: string) => Promise<void>): void {
      router.post(
        `${path}${below}`,
        visits.forRecent(async (person, req, res) => {
          const typed = field(req, 'mailbox');
          try {
            await act(person.account.id, typed);
            res.redirect(303, `/account?notice=${said}`);
          } catch (error) {
            const { t } = person.frame;
            const wrong = withError(t, { mailbox: typed.slice(0, KEPT_MAX) }, error, FIELDS);
            res.status(error instanceof UserError ? statusOf(error.code) : 422).send(await render(person, wrong));
          }
        }),
      );
    }

    router.get(
      path,
      visits.forRecent(async (person, _req, res) => {
        res.send(await render(person, blank()));
      }),
    );
    form('', hasMail ? 'letter_sent' : 'address_changed', (id, typed) =>
      hasMail ? mailboxes.begin(id, typed, which) : accounts.changeMailbox(id, typed),
    );
    if (!hasMail) return;
    form('/again', 'letter_sent', (id) => mailboxes.again(id, which));
    form('/withdraw', 'change_withdrawn', (id) => mailboxes.withdraw(id, which));
    if (which === 'second') form('/remove', 'second_removed', (id) => mailboxes.removeSecond(id));
  }

  routesFor('first', '/account/mailbox');
  // For letters alone: without mail it would be good for nothing.
  if (hasMail) routesFor('second', '/account/second-mailbox');
  return router;
}
