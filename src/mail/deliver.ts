import { randomInt } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Accounts, MailBounce } from '../accounts/accounts.ts';
import { describeError, type Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Profiles } from '../profiles/profiles.ts';
import { isUnavailable } from '../storage/storage.ts';
import { bounceOf, reasonOf } from './back/back.ts';
import type { Courier, Outcome, Refusal } from './courier/courier.ts';
import type { Forward } from './forward/forward.ts';
import {
  isTooOld,
  nextTry,
  type Delivery,
  type HoldReason,
  type Message,
  type Spool,
  type Trouble,
} from './spool/spool.ts';

type Needs = {
  accounts: Pick<Accounts, 'mailboxHealth'>;
  aliasDomain: string;
  courier: Pick<Courier, 'send' | 'mayTry'>;
  forward: Pick<Forward, 'head'>;
  /** Whether nothing is to leave at present. */
  isStill: () => Promise<boolean>;
  /** Whether the time of day can be relied on: only then is mail given up for its age. */
  isSteady: () => boolean;
  isStopping: () => boolean;
  log: Log;
  metrics: Pick<Metrics, 'relayDelivery'>;
  /** Milliseconds. */
  now: () => number;
  profiles: Pick<Profiles, 'mailTo'>;
  /** The header of an answer, signed. */
  signAnswer: (message: Message) => Promise<Buffer>;
  spool: Pick<Spool, 'due' | 'hold' | 'message' | 'putOff' | 'settle'>;
};

/** So many are on their way at once. Beyond them the spool gives out a bounded number (P8); with fewer, more are asked for. */
const AT_ONCE = 40;
const READY_LOW = 100;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** What one person gets within ten minutes at once, the rest later; and within a day, the rest once they ask for it. */
const AT_A_TIME = { points: 60, duration: 10 * 60 } as const;
const A_DAY = { points: 500, duration: 24 * 60 * 60 } as const;

/** Whose a message is. `isTroubled`: their mailboxes had trouble lately. */
type Owner = { readonly id: string; readonly mailbox: string; readonly isTroubled: boolean };

/** Where a message goes, as it is known at this moment. `alias`: the address of ours that it was for. */
type Route =
  | { readonly to: string; readonly alias: string; readonly account: Owner | undefined }
  | { readonly to: undefined; readonly isGone: boolean };

/** What is said of mail to a destination that nobody reached for days. */
const NOT_REACHED: Refusal = {
  kind: 'refused',
  fault: 'host',
  lasting: false,
  code: 'ETIMEDOUT',
  enhanced: '4.4.1',
  text: '',
};

/** What a refusal that is the last word says of the mailbox: a host that nobody reached for days is like none. */
const judgeMailbox = ({ fault, lasting, enhanced, text }: Refusal): MailBounce =>
  fault === 'host' || !lasting
    ? { lasting: true, kind: 'mailbox' }
    : bounceOf(reasonOf({ status: enhanced, text }), lasting);

/** Brings what was accepted to the mailboxes: at once what is handed over, later what is due by then. */
export function makeDeliverer(needs: Needs) {
  const { accounts, aliasDomain, courier, forward, log, metrics, now, profiles, spool } = needs;
  const { isStill, isSteady, isStopping } = needs;
  const health = accounts.mailboxHealth;
  const ready: Delivery[] = [];
  const sending = new Set<Promise<void>>();
  const stop = new AbortController();
  const atATime = new RateLimiterMemory({ ...AT_A_TIME, keyPrefix: 'mail' });
  const aDay = new RateLimiterMemory({ ...A_DAY, keyPrefix: 'mail-day' });
  let failures = 0;

  async function routeOf(delivery: Delivery): Promise<Route> {
    if (delivery.kind === 'reply') {
      const { address } = delivery.correspondent ?? {};
      return address === undefined ? { to: undefined, isGone: true } : { to: address, alias: '', account: undefined };
    }
    const { accountId, profileId = '' } = delivery;
    const whose = accountId === undefined ? await profiles.mailTo(profileId) : { accountId, aliasLocal: 'postmaster' };
    if (whose === undefined) return { to: undefined, isGone: true };
    const { to, isTroubled } = await health.routeFor(whose.accountId);
    if (to === undefined) return { to, isGone: false };
    const alias = `${whose.aliasLocal}@${aliasDomain}`;
    return { to, alias, account: { id: whose.accountId, mailbox: to, isTroubled } };
  }

  /**
   * When somebody gets more: now (0), in so many milliseconds, or `never` by itself today. Anybody may write to the
   * administrators, so that mail is counted apart from their own.
   */
  async function waitOf({ kind }: Delivery, accountId: string): Promise<number | 'never'> {
    const counted = kind === 'administrators' ? `administrators:${accountId}` : accountId;
    try {
      await aDay.consume(counted);
    } catch (error) {
      if (error instanceof RateLimiterRes) return 'never';
      throw error;
    }
    try {
      await atATime.consume(counted);
      return 0;
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      await aDay.reward(counted);
      return Math.max(error.msBeforeNext, MINUTE);
    }
  }

  /** What a message that was not taken becomes. */
  async function settleRefusal(delivery: Delivery, route: Route, refusal: Refusal): Promise<void> {
    const { code, enhanced, text, lasting } = refusal;
    const trouble: Trouble = { code, enhanced, text, at: now() };
    const account = route.to === undefined ? undefined : route.account;
    const isGivenUp = lasting || (isSteady() && isTooOld(delivery, now()));
    if (!isGivenUp) {
      metrics.relayDelivery(delivery.kind, 'put_off');
      if (account !== undefined) await Promise.all([atATime.reward(account.id), aDay.reward(account.id)]);
      await spool.putOff(delivery, { due: nextTry(now(), delivery.tries, randomInt(1000) / 1000), trouble });
      return;
    }
    const bounce = judgeMailbox(refusal);
    if (account !== undefined) {
      await health.bounced(account.id, account.mailbox, bounce);
      // Where that was the last straw another mailbox takes over, for this message too.
      const { to } = bounce.kind === 'message' ? { to: account.mailbox } : await health.routeFor(account.id);
      if (to !== account.mailbox) {
        if (to === undefined) await keepFor(delivery, 'mailbox');
        else await spool.putOff(delivery, { due: now(), trouble });
        return;
      }
    }
    metrics.relayDelivery(delivery.kind, 'failed');
    await spool.settle(delivery, { state: 'failed', trouble });
  }

  async function settle(delivery: Delivery, route: Route, outcome: Outcome): Promise<void> {
    if (outcome.kind === 'refused') return settleRefusal(delivery, route, outcome);
    metrics.relayDelivery(delivery.kind, 'delivered');
    await spool.settle(delivery, { state: 'delivered' });
    const account = route.to === undefined ? undefined : route.account;
    if (account?.isTroubled === true) await health.took(account.id, account.mailbox);
    return undefined;
  }

  /**
   * Keeps a message for its owner. Nobody has a page where a copy for an administrator is held: that waits, as long as
   * anything does, until it may leave.
   */
  async function keepFor(delivery: Delivery, why: HoldReason): Promise<void> {
    if (delivery.kind !== 'administrators') await spool.hold(delivery, why);
    else if (!isSteady() || !isTooOld(delivery, now())) await spool.putOff(delivery, { due: now() + HOUR });
    else await spool.settle(delivery, { state: 'failed', trouble: { code: '', enhanced: '', text: '', at: now() } });
  }

  async function deliverOne(delivery: Delivery): Promise<void> {
    if (await isStill()) {
      await spool.putOff(delivery, { due: now() });
      return;
    }
    const route = await routeOf(delivery);
    if (route.to === undefined) {
      // Nobody's any more: the profile was deleted with all that belonged to it.
      if (route.isGone) await spool.settle(delivery, { state: 'stopped' });
      else await keepFor(delivery, 'mailbox');
      return;
    }
    const later = await courier.mayTry(route.to);
    if (later !== undefined) {
      if (isSteady() && isTooOld(delivery, now())) await settleRefusal(delivery, route, NOT_REACHED);
      else await spool.putOff(delivery, { due: later });
      return;
    }
    const wait = route.account === undefined ? 0 : await waitOf(delivery, route.account.id);
    if (wait === 'never') await keepFor(delivery, 'limit');
    else if (wait > 0) await spool.putOff(delivery, { due: now() + wait });
    else await sendTo(delivery, route);
  }

  async function sendTo(delivery: Delivery, route: Extract<Route, { alias: string }>): Promise<void> {
    const message = delivery.spoolId === undefined ? undefined : await spool.message(delivery.spoolId);
    if (message === undefined) {
      await spool.settle(delivery, { state: 'stopped' });
      return;
    }
    const { alias } = route;
    const isAnswer = delivery.kind === 'reply';
    const head = await (isAnswer ? needs.signAnswer(message) : forward.head({ message, delivery, alias }));
    const outcome = await courier.send({
      from: `${delivery.returnLocal}@${aliasDomain}`,
      to: route.to,
      head,
      body: () => message.body(),
      size: message.meta.size,
      // Two answers over one connection would show that one person wrote both.
      isPrivate: isAnswer,
      signal: stop.signal,
    });
    await settle(delivery, route, outcome);
  }

  /** What went wrong here is no fault of the message: it is tried again a little later. */
  async function giveBack(delivery: Delivery, error: unknown): Promise<void> {
    if (stop.signal.aborted) return;
    failures += 1;
    if (!isUnavailable(error) && Number.isInteger(Math.log2(failures)))
      log.error({ event: 'relay_failed', times: failures, ...describeError(error) });
    // Where that cannot be written either, its lease runs out.
    await spool.putOff(delivery, { due: now() + MINUTE }).catch(() => undefined);
  }

  /** One after the other is begun as long as there is room. */
  function pump(): void {
    while (sending.size < AT_ONCE && !isStopping() && !stop.signal.aborted) {
      const delivery = ready.shift();
      if (delivery === undefined) return;
      const one = deliverOne(delivery)
        .catch((error: unknown) => giveBack(delivery, error))
        .finally(() => {
          sending.delete(one);
          pump();
        });
      sending.add(one);
    }
  }

  return {
    /** Takes deliveries that were just kept, leased to this node. */
    push(deliveries: readonly Delivery[]): void {
      ready.push(...deliveries.filter(({ state }) => state === 'waiting'));
      pump();
    },

    /**
     * Looks for what is due, on whichever node it was accepted, and for what was not tried since `askedAt`
     * (milliseconds); for the clock, every second.
     */
    async deliver(askedAt: number): Promise<void> {
      if (ready.length > READY_LOW || isStopping() || (await isStill())) return;
      for await (const delivery of spool.due(askedAt)) {
        ready.push(delivery);
        pump();
        if (isStopping()) return;
      }
    },

    /** Resolves when nothing is on its way any more. */
    async idle(): Promise<void> {
      while (sending.size > 0) await Promise.all(sending);
    },

    /** Gives up what is being sent: it stays where it is, and is sent again by whoever starts next. */
    hangUp: (): void => stop.abort(new Error('the program ends')),
  };
}
