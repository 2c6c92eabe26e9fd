import type { Request } from 'express';
import {
  confirmMailboxPage,
  mailboxConfirmedPage,
  mailboxElsewherePage,
  mailboxUndonePage,
  undoMailboxPage,
} from '../../../views/journey/linkMailbox.tsx';
import type { Account, Accounts } from '../../accounts/accounts.ts';
import { UserError } from '../../errors.ts';
import { param, statusOf } from '../form.ts';
import type { Visits } from '../visit.ts';
import type { LinkPages } from './link.ts';

type Needs = { accounts: Pick<Accounts, 'mailboxes' | 'mailboxUndo'>; visits: Visits };

const actionOf = (req: Request): string => `/link/${param(req, 'token')}`;

/** Why the owner of a mailbox, and nobody else, is told no. */
const REFUSALS: ReadonlySet<string> = new Set(['mailbox_elsewhere', 'mailbox_same', 'mailbox_changed_often']);

function refusalIn(error: unknown): string {
  if (error instanceof UserError && REFUSALS.has(error.code)) return error.code;
  throw error;
}

/** Proves a mailbox: whoever opened the letter says yes. It works in any browser, signed in or not. */
export function makeMailboxLink({ accounts, visits }: Needs): LinkPages {
  return {
    async show(req, res, link) {
      const account = await accounts.mailboxes.accountOf(link);
      if (account === undefined || link.content.kind !== 'mailbox') throw new UserError('link_gone');
      const { mailbox, second } = link.content;
      const { loginName } = account;
      res.send(confirmMailboxPage(visits.frame(req), { action: actionOf(req), loginName, mailbox, second }));
    },
    async use(req, res, link) {
      const frame = visits.frame(req);
      if (link.content.kind !== 'mailbox') throw new UserError('link_gone');
      const { mailbox, second } = link.content;
      try {
        await accounts.mailboxes.confirm(param(req, 'token'));
        res.send(mailboxConfirmedPage(frame, { mailbox, second }));
      } catch (error) {
        const code = refusalIn(error);
        res.status(statusOf(code)).send(mailboxElsewherePage(frame, { code }));
      }
    },
  };
}

/** Takes the change of a mailbox back, for whoever has the one before. */
export function makeMailboxUndoLink({ accounts, visits }: Needs): LinkPages {
  return {
    async show(req, res, link) {
      const account: Account | undefined = await accounts.mailboxUndo.accountOf(link);
      if (account === undefined || link.content.kind !== 'mailbox-undo') throw new UserError('link_gone');
      const { mailbox } = link.content;
      const { loginName } = account;
      res.send(undoMailboxPage(visits.frame(req), { action: actionOf(req), loginName, mailbox }));
    },
    async use(req, res, link) {
      const frame = visits.frame(req);
      if (link.content.kind !== 'mailbox-undo') throw new UserError('link_gone');
      const { mailbox } = link.content;
      try {
        await accounts.mailboxUndo.undo(param(req, 'token'));
        res.send(mailboxUndonePage(frame, { mailbox }));
      } catch (error) {
        const code = refusalIn(error);
        res.status(statusOf(code)).send(mailboxElsewherePage(frame, { code }));
      }
    },
  };
}
