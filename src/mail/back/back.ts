import type { MailboxHealth } from '../../accounts/accounts.ts';
import type { Arrival, Reply } from '../arrival.ts';
import type { Correspondent } from '../forward/correspondents.ts';
import type { Delivery, Entry, Spool } from '../spool/spool.ts';
import { isAutomatic } from './automatic.ts';
import { makeNoted } from './noted.ts';
import { mediaTypeOf } from './parts.ts';
import { bounceOf } from './reason.ts';
import { readReport, type Report } from './report.ts';

export { makeAnswer, type SendAnswer } from './answer.ts';
export { bounceOf, reasonOf } from './reason.ts';

const DAY = 86_400_000;

/** A return path takes what comes back for so long after its message was first tried, in milliseconds. */
export const RETURN_LIFE = 10 * DAY;

/** So much of a body is read, in bytes; reports say what they have to say at their beginning. The rest is let go. */
export const READ_MAX = 256 * 1024;

type Needs = {
  now: () => number;
  /** Our own address, where answers are written. */
  url: string;
  spool: Pick<Spool, 'bounced' | 'note'>;
  health: Pick<MailboxHealth, 'cameBack'>;
  /** Whose mail to a profile is. */
  mailOwner: (profileId: string) => Promise<string | undefined>;
};

/** What stands at the address that something came to. */
export type Returned =
  | { readonly kind: 'return'; readonly delivery: Delivery }
  | { readonly kind: 'correspondent'; readonly correspondent: Correspondent };

const ENDED: Reply = { code: 250, enhanced: '2.0.0', text: 'Taken' };

async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    if (size < READ_MAX) kept.push(chunk.subarray(0, READ_MAX - size));
    size += chunk.length;
  }
  return Buffer.concat(kept).toString('latin1');
}

/**
 * What comes back: to the return path of something we sent, or to the address that stands for a correspondent. All of
 * it ends here. Nothing is sent because of it, and no word of it goes to anybody but the owner of what came back.
 */
export function makeBack({ now, url, spool, health, mailOwner }: Needs) {
  const isNew = makeNoted(now);

  /** A line for the owner that something ended here; of a flood the first one alone. */
  async function noteStopped(profileId: string, of: string, entry: Omit<Entry, 'state'>): Promise<void> {
    if (isNew(of)) await spool.note(profileId, { ...entry, state: 'stopped' });
  }

  async function bounced(delivery: Delivery, { enhanced, text, reason, recipients }: Report): Promise<void> {
    const code = /^\s*([245]\d\d)\b/u.exec(text)?.[1] ?? '';
    // Counted once, however often it comes; and whatever it says, it is about this delivery alone.
    if (!(await spool.bounced(delivery, { code, enhanced, text, at: now() })) || delivery.kind === 'reply') return;
    const { accountId, profileId } = delivery;
    const owner = accountId ?? (profileId === undefined ? undefined : await mailOwner(profileId));
    if (owner !== undefined) await health.cameBack(owner, recipients, bounceOf(reason, true));
  }

  return {
    /** Whether the return path of a delivery still takes anything; else it is an address like any that never was. */
    takes: ({ since }: Pick<Delivery, 'since'>): boolean => Math.abs(now() - since) < RETURN_LIFE,

    /**
     * Takes what came to an address of ours (RFC 5321 §4.5.5): a report about a delivery marks it, answers of machines
     * and receipts end here, and a person who answers by mail is told where answers are written. Reads the body to its
     * end. Never throws for anything that is in the message; where the spool cannot be written, or the body ends with an
     * error, it throws that.
     */
    async receive({ from, head, body }: Pick<Arrival, 'from' | 'head' | 'body'>, found: Returned): Promise<Reply> {
      const text = await beginningOf(body);
      const isMachine = isAutomatic(from, head);
      if (found.kind === 'correspondent') {
        if (!isMachine) {
          return { code: 550, enhanced: '5.7.1', text: `Answers are not taken by mail, please write yours at ${url}` };
        }
        const { id, profileId, address, name } = found.correspondent;
        const fromDomain = address.slice(address.lastIndexOf('@') + 1);
        await noteStopped(profileId, id, { kind: 'forward', fromDomain, correspondent: { address, name } });
        return ENDED;
      }
      const { delivery } = found;
      const media = mediaTypeOf(head);
      // The null sender, as every report has (RFC 3464 §2), and no other form than that of one.
      const report = from === '' && media.type === 'multipart/report' ? readReport(media, text) : undefined;
      if (report?.action === 'failed') {
        await bounced(delivery, report);
        return ENDED;
      }
      const { id, profileId, kind, fromDomain, correspondent } = delivery;
      if (profileId !== undefined) {
        await noteStopped(profileId, id, {
          kind,
          fromDomain,
          ...(correspondent === undefined ? {} : { correspondent }),
        });
      }
      return ENDED;
    },
  };
}

export type Back = ReturnType<typeof makeBack>;
