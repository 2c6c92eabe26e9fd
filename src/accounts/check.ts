import { canonicalName, SHAPE_VERSION, shapeOf } from '../names.ts';
import { findTwins, inPages, type Findings } from '../storage/findings.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { accountOf, type Account } from './account.ts';
import { credentialContext, FACTOR_KINDS } from './credentials.ts';
import { openPlea } from './applicant-store.ts';
import { canonicalMailbox } from '../mailbox.ts';
import { openPassword } from './password.ts';
import { makeAccountCheckStore, type CheckedAccountRow } from './store.ts';

/**
 * Looks whether what is stored of accounts holds together, and writes nothing: everything opens, login names are found
 * under their tags and never free again, and nothing belongs to an account or a group that is not there.
 */
export async function checkAccounts(storage: Storage, seals: Seals, findings: Findings): Promise<void> {
  const store = makeAccountCheckStore(storage);
  const rows = () => inPages(store.page, ({ id }) => id);

  const open = (row: CheckedAccountRow): Account | undefined => {
    try {
      return accountOf(seals, row, 0);
    } catch {
      return undefined;
    }
  };

  let accounts = 0;
  let timelines = 0;
  for await (const page of rows()) {
    accounts += page.length;
    const opened = page.map((row) => ({ row, account: open(row) }));
    for (const { row, account } of opened) if (account === undefined) findings.add('account_sealed', row.id);
    const readable = opened.flatMap(({ row, account }) => (account === undefined ? [] : [{ row, account }]));

    const loginTags = readable.map(({ account }) => seals.tags('login', canonicalName(account.loginName)));
    const shapeTags = readable.map(({ account }) =>
      seals.tags('login-shape', SHAPE_VERSION, shapeOf(account.loginName)),
    );
    const taken = await store.taken(shapeTags.flat());
    for (const [index, { row, account }] of readable.entries()) {
      if (loginTags[index]?.includes(row.loginTag) !== true) findings.add('login_tag', row.id);
      if (shapeTags[index]?.some((tag) => taken.has(tag)) !== true) findings.add('login_free', row.id);
      const mailboxTags = account.mailbox === undefined ? [] : seals.tags('mailbox', canonicalMailbox(account.mailbox));
      if (row.mailboxTag !== null && !mailboxTags.includes(row.mailboxTag)) findings.add('mailbox_tag', row.id);
    }

    const credentials = await store.credentials(page.map(({ id }) => id));
    for (const { id, accountId, kind, sealed } of credentials) {
      try {
        if (kind === 'password') openPassword(seals, accountId, sealed);
        else seals.open('credential', credentialContext(accountId, kind, id), sealed);
      } catch {
        findings.add('credential_sealed', id);
      }
    }
    const isFactor = (kind: string): boolean => (FACTOR_KINDS as readonly string[]).includes(kind);
    const guarded = new Set(credentials.filter(({ kind }) => isFactor(kind)).map(({ accountId }) => accountId));
    for (const { row, account } of readable) {
      // Whoever says they have none would be let in without it.
      if (account.secondFactor !== guarded.has(row.id)) findings.add('second_factor', row.id);
    }

    const byTag = new Map(page.flatMap(({ id }) => seals.tags('account', 'timeline', id).map((tag) => [tag, id])));
    for (const { accountTag, sealed } of await store.timelines([...byTag.keys()])) {
      timelines += 1;
      try {
        seals.open('timeline', byTag.get(accountTag) ?? '', sealed);
      } catch {
        findings.add('timeline_sealed', byTag.get(accountTag) ?? '');
      }
    }
  }

  // A tag leads to no account, so that those of nobody can only be counted.
  for (let extra = (await store.countTimelines()) - timelines; extra > 0; extra -= 1)
    findings.add('timeline_stray', '');
  for (const id of await store.strayCredentials()) findings.add('credential_stray', id);
  for (const { accountId, sealed, status } of await store.requests()) {
    try {
      openPlea(seals, accountId, sealed);
    } catch {
      findings.add('request_sealed', accountId);
    }
    if (status !== 'awaiting') findings.add('request_stray', accountId);
  }
  for (const id of await store.awaitingWithoutRequest()) findings.add('request_missing', id);
  for (const id of await store.strayMembers('group')) findings.add('member_without_group', id);
  for (const id of await store.strayMembers('account')) findings.add('member_without_account', id);
  for (const id of await store.strayRoles()) findings.add('role_without_account', id);

  const names = async function* (): AsyncGenerator<Account[]> {
    for await (const page of rows()) yield page.map(open).filter((account) => account !== undefined);
  };
  const shape = ({ loginName }: Account): string => shapeOf(loginName);
  await findTwins(accounts, names, shape, ({ id }) => findings.add('login_alike', id));
}
