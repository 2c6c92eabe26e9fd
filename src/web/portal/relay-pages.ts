import type { Request } from 'express';
import type { Applications } from '../../applications/applications.ts';
import type { RelayOwner } from '../../mail/owner.ts';
import { dayOf } from '../../days.ts';
import type { Profiles } from '../../profiles/profiles.ts';
import type { MailTroubleData, Paging } from '../../../views/portal/relayParts.tsx';
import type { Visits } from '../visit.ts';

export type RelayNeeds = {
  applications: Pick<Applications, 'get' | 'list'>;
  aliasDomain: string;
  profiles: Pick<Profiles, 'all' | 'own'>;
  /** Left out where this instance forwards no mail. */
  relay: RelayOwner | undefined;
  visits: Visits;
};

/** The most of anything on one page. */
const PAGE = 50;

/** The part of a list that the address asks for, and where the parts before and after it are. */
export function paged<Item>(req: Request, path: string, all: readonly Item[]): { items: Item[]; paging: Paging } {
  const asked = req.query['page'];
  const last = Math.max(1, Math.ceil(all.length / PAGE));
  const page = typeof asked === 'string' && /^\d{1,4}$/u.test(asked) ? Math.min(Math.max(Number(asked), 1), last) : 1;
  const url = (at: number): string => (at === 1 ? path : `${path}?page=${at}`);
  return {
    items: all.slice((page - 1) * PAGE, page * PAGE),
    paging: {
      previousUrl: page > 1 ? url(page - 1) : undefined,
      nextUrl: page < last ? url(page + 1) : undefined,
    },
  };
}

/** What keeps mail from a person's address, for a page. */
export async function mailTroubleOf(
  relay: RelayOwner | undefined,
  accountId: string,
): Promise<MailTroubleData | undefined> {
  const trouble = await relay?.trouble(accountId);
  if (trouble === undefined || trouble.kind === 'unproven') return trouble;
  return { ...trouble, since: dayOf(trouble.since) };
}
