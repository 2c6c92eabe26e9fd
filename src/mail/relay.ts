import { randomInt } from 'node:crypto';
import type { Accounts } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import type { Config } from '../config.ts';
import { UserError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Profiles } from '../profiles/profiles.ts';
import { isQuiet } from '../storage/quiet.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { makeAccept } from './accept.ts';
import type { Arrival, Reply, Target } from './arrival.ts';
import { makeAnswer, makeBack } from './back/back.ts';
import type { Courier } from './courier/courier.ts';
import { makeDeliverer } from './deliver.ts';
import { makeSigner, type MailKeys } from './dkim/dkim.ts';
import type { Dns } from './dns.ts';
import { makeChoices, makeCorrespondents, makeForward } from './forward/forward.ts';
import type { Lateness } from './lateness.ts';
import { makeRelayOwner } from './owner.ts';
import { makePolicy, type Refusals } from './policy/policy.ts';
import { makeDestinations } from './queue-page.ts';
import { makeRecipients, NO_SUCH } from './recipients.ts';
import { makeSignAnswer } from './sign-answer.ts';
import type { Spool } from './spool/spool.ts';
import { makeSteering } from './steering.ts';

export type Relay = ReturnType<typeof makeRelay>;

type Needs = {
  accounts: Accounts;
  applications: Applications;
  config: Config;
  courier: Courier;
  dns: Dns;
  isSteady: () => boolean;
  isStopping: () => boolean;
  lateness: Lateness;
  log: Log;
  mailKeys: MailKeys;
  metrics: Metrics;
  now: () => number;
  profiles: Profiles;
  refusals: Pick<Refusals, 'note'>;
  seals: Seals;
  spool: Spool;
  storage: Storage;
};

const SECOND = 1000;
/** How long it is remembered that nothing is to leave, or that it is, in milliseconds. */
const STILL_KEPT = 2 * SECOND;
/** An answer leaves after a while of its own, from and to so many milliseconds: two written together do not look so. */
const ANSWER_AFTER = [2 * SECOND, 30 * SECOND] as const;
/** The oldest message is looked for among so many. */
const OLDEST_OF = 500;
const BUSY: Reply = { code: 421, enhanced: '4.3.2', text: 'Too busy now, try again later' };
const FULL: Reply = { code: 452, enhanced: '4.3.1', text: 'No room for mail now, try again later' };

/** The mail relay: from what an application's server says to what reaches a mailbox, and what comes back. */
export function makeRelay(needs: Needs) {
  const { accounts, applications, config, courier, dns, lateness, log, mailKeys, metrics, now } = needs;
  const { profiles, refusals, seals, spool, storage } = needs;
  const { ALUCO_ALIAS_DOMAIN: aliasDomain, ALUCO_URL: url } = config;
  const relayName = config.ALUCO_RELAY_NAME || new URL(url).hostname;
  const health = accounts.mailboxHealth;
  const correspondents = makeCorrespondents({ storage, seals, now });
  const choices = makeChoices({ storage, seals });
  const policy = makePolicy({ applications, config, dns });
  const steering = makeSteering({ storage, now });
  const sign = makeSigner({ keys: mailKeys, domain: aliasDomain, authservId: relayName, now });
  const forward = makeForward({ correspondents, aliasDomain, relayName, sign });
  const back = makeBack({ now, url, spool, health, mailOwner: profiles.mailOwner });
  const recipients = makeRecipients({ aliasDomain, back, profiles, spool, correspondents });

  let still = { is: false, until: 0 };
  async function isStill(): Promise<boolean> {
    if (still.until > now() && still.until <= now() + STILL_KEPT) return still.is;
    const is = config.ALUCO_SMTP === '' || (await steering.isPaused()) || (await isQuiet(storage));
    still = { is, until: now() + STILL_KEPT };
    return is;
  }

  const deliverer = makeDeliverer({
    accounts,
    aliasDomain,
    courier,
    forward,
    isStill,
    isSteady: needs.isSteady,
    isStopping: needs.isStopping,
    log,
    metrics,
    now,
    profiles,
    signAnswer: makeSignAnswer({ keys: mailKeys, aliasDomain, now }),
    spool,
  });
  const accept = makeAccept({
    accounts,
    aliasDomain,
    choices,
    correspondents,
    dns,
    now,
    policy,
    refusals,
    spool,
    onAccepted: deliverer.push,
  });

  const keepAnswer = makeAnswer({ aliasDomain, now, spool });

  /** What came to an address that only mail of ours names. */
  async function takeBack(arrival: Arrival, target: Target): Promise<Reply> {
    const local = target.address.slice(0, target.address.lastIndexOf('@'));
    if (target.kind === 'return') {
      const delivery = await spool.findByReturn(local);
      return delivery === undefined ? NO_SUCH : back.receive(arrival, { kind: 'return', delivery });
    }
    const correspondent = await correspondents.find(local);
    return correspondent === undefined ? NO_SUCH : back.receive(arrival, { kind: 'correspondent', correspondent });
  }

  let retriedAt = now();

  return {
    /** What an address of ours is; see `recipients.ts`. */
    recipient: recipients.recipient,

    /**
     * Takes a message, or says why not. A 250 means that it is kept (P5).
     * @throws what the body throws, and what the storage throws where it cannot be used
     */
    accept(arrival: Arrival): Promise<Reply> {
      const [first] = arrival.targets;
      const isBack = first?.kind === 'return' || first?.kind === 'correspondent';
      return isBack ? takeBack(arrival, first) : accept(arrival);
    },

    /** Why nothing can be taken at this moment, if so. */
    isBusy(): Reply | undefined {
      if (spool.isFull()) return FULL;
      return lateness.isLate() ? BUSY : undefined;
    },

    /** Sends what is due, and what an administrator asked to be tried; for the clock, every second. */
    async deliver(): Promise<void> {
      lateness.renew();
      const askedAt = await steering.retryAskedAt();
      if (askedAt > retriedAt) await courier.forgive();
      retriedAt = Math.max(retriedAt, askedAt);
      await deliverer.deliver(askedAt);
    },
    /** Resolves when nothing is on its way. */
    idle: deliverer.idle,
    hangUp: deliverer.hangUp,

    /** For the owners of profiles: see `owner.ts`. */
    owner: makeRelayOwner({
      accounts,
      applications,
      aliasDomain,
      profiles,
      spool,
      correspondents,
      choices,
      now,
      async answer(profile, delivery, words) {
        if (config.ALUCO_RELAY === '' && config.ALUCO_SUBMISSION === '') throw new UserError('mail_unanswerable');
        const due = now() + randomInt(...ANSWER_AFTER);
        for (const kept of await keepAnswer(profile, delivery, words, due)) await spool.putOff(kept, { due });
      },
    }),

    /** An administrator's hand on the queue. */
    steering,
    /** Whether mail is taken and brought on at all. */
    isOn: config.ALUCO_RELAY !== '' || config.ALUCO_SUBMISSION !== '',
    isListening: (): boolean => config.ALUCO_RELAY !== '',
    /** How many messages are where; `oldest`: the hour in which the first of those that wait is due, in milliseconds. */
    async counts() {
      const { oldestDue, ...counts } = await spool.counts();
      return { ...counts, oldest: oldestDue };
    },
    /** Since when the oldest waits of those that are due first, in milliseconds: times are sealed, so few are looked at. */
    async oldest(): Promise<number | undefined> {
      const first = await spool.queue(OLDEST_OF);
      return first.length === 0 ? undefined : Math.min(...first.map(({ acceptedAt }) => acceptedAt));
    },
    /** Destinations in trouble that at least five people share; see `queue-page.ts`. */
    destinations: makeDestinations({ accounts, courier, profiles, spool }),

    /** An account may be reached again: what was held for want of a mailbox leaves. */
    async reachable(accountId: string): Promise<void> {
      const all = await profiles.all(
        accountId,
        (await applications.list()).map(({ id }) => id),
      );
      for (const { id } of all) {
        for (const delivery of await spool.waitingOf(id)) {
          if (delivery.state === 'held' && delivery.why === 'mailbox') await spool.release(delivery);
        }
      }
    },

    /** Forgets who wrote to a profile and what its owner chose, in the transaction that wipes it. */
    async forget(tx: Db, profileId: string): Promise<void> {
      await correspondents.forget(tx, profileId);
      await choices.forget(tx, profileId);
    },

    /** Renews the leases of what is in hand; for the clock, every minute. */
    keepLeases: spool.keepLeases,
    /** Removes what is over; for the clock, about once an hour. */
    async sweep(): Promise<void> {
      await spool.sweep();
      await courier.sweep();
    },
  };
}
