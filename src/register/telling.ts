import type { Db } from '../storage/storage.ts';
import { UNSEALING_LIFE } from './asking.ts';
import type { Chain, Head } from './chain.ts';
import { momentOf, type RegisterContent, type Unsealed } from './entries.ts';
import type { RegisterNeeds } from './needs.ts';
import type { makeUnsealingStore, UnsealingContent } from './unsealing-store.ts';

const DAY = 86_400_000;

type Asked = Extract<RegisterContent, { kind: 'unsealing_asked' }>;

type Needs = RegisterNeeds & {
  chain: Chain;
  store: ReturnType<typeof makeUnsealingStore>;
  step: (tx: Db, content: Extract<RegisterContent, { kind: 'unsealing_told' | 'unsealing_untold' }>) => Promise<Head>;
};

/** Telling people that two administrators looked behind a profile of theirs. */
export function makeTelling({ now, noticeDays, accounts, addErrand, profiles, chain, store, step }: Needs) {
  /** The account to tell, held until `tx` ends; undefined where nothing leads to one any more. */
  async function ownerOf(tx: Db, { profileId }: Asked) {
    const accountId = await profiles.ownerToTell(profileId, tx);
    return accountId === undefined ? undefined : accounts.hold(tx, accountId);
  }

  /** On which day it was first looked at; undefined where nobody did. */
  async function dayShown(tx: Db, request: number): Promise<string | undefined> {
    for await (const { content } of chain.all(request, tx)) {
      if (content.kind === 'unsealing_shown' && content.request === request) return content.at.slice(0, 10);
    }
    return undefined;
  }

  return {
    /** Has the person told when their time comes, in the transaction that confirms; not where the law forbids it. */
    async plan(tx: Db, { request, telling, tellDay, confirmedAt = now() }: UnsealingContent): Promise<void> {
      if (telling === 'never') return;
      const wished = tellDay === undefined ? confirmedAt + noticeDays * DAY : Date.parse(tellDay);
      // Not before it is known whether anybody looked.
      const due = Math.max(wished, confirmedAt + UNSEALING_LIFE.shown);
      await addErrand(tx, { kind: 'tell-unsealed', due, about: { request: String(request) } });
    },

    /**
     * Tells the person, by letter and in their timeline, in the transaction that strikes the errand off; the register says
     * so, or why not. What it needs stands in the register: it may have come back from a backup.
     */
    async tell(tx: Db, about: Readonly<Record<string, string>>): Promise<void> {
      const request = Number(about['request']);
      const asked = (await chain.find(request, tx))?.content;
      if (asked?.kind !== 'unsealing_asked') return;
      const row = (await store.list(tx)).find(({ content }) => content.request === request);
      if (row !== undefined) await store.remove(tx, row);
      const at = momentOf(now());
      const day = await dayShown(tx, request);
      const owner = await ownerOf(tx, asked);
      if (day === undefined || owner === undefined) {
        const why = day === undefined ? 'never_shown' : 'gone';
        await step(tx, { kind: 'unsealing_untold', at, request, why });
        return;
      }
      const { application, profile, wanted, reference } = asked;
      const flag = (item: Unsealed): string => (wanted.includes(item) ? 'yes' : '');
      const seen = {
        login: flag('login'),
        mailbox: flag('mailbox'),
        here: flag('here'),
        everywhere: flag('everywhere'),
        connections: flag('connections'),
      };
      const values = { application, day, reference };
      await accounts.timeline.add(tx, owner.id, () => ({
        kind: 'unsealed',
        at: now(),
        detail: { ...values, profile, wanted: wanted.join(' ') },
      }));
      await accounts.tell(tx, owner, {
        kind: 'unsealed',
        values: { login_name: owner.loginName, name: profile, ...values, ...seen },
      });
      await step(tx, { kind: 'unsealing_told', at, request });
    },
  };
}
