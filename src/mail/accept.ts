import type { Accounts } from '../accounts/accounts.ts';
import { addressDomain } from './addresses.ts';
import type { Arrival, Reply, Target } from './arrival.ts';
import { makeVerifier } from './dkim/dkim.ts';
import type { Dns } from './dns.ts';
import { answerTo, type Choice, type Correspondents, writerOf } from './forward/forward.ts';
import { valuesOf } from './head.ts';
import type { Examination, Policy, Refusals } from './policy/policy.ts';
import { SpoolFullError, type Delivery, type NewDelivery, type Spool } from './spool/spool.ts';

type Needs = {
  accounts: Pick<Accounts, 'reachableAdministrators'>;
  aliasDomain: string;
  choices: { of(profileId: string): Promise<Choice> };
  correspondents: Pick<Correspondents, 'known'>;
  dns: Dns;
  /** Milliseconds. */
  now: () => number;
  policy: Policy;
  refusals: Pick<Refusals, 'note'>;
  spool: Pick<Spool, 'begin' | 'commit' | 'note' | 'waitingOf'>;
  /** Deliveries that are kept by now and may leave. */
  onAccepted: (deliveries: readonly Delivery[]) => void;
};

/** What is answered, and what is kept: nothing where it is a refusal, and perhaps nothing where it is not. */
type Decision = { readonly reply: Reply; readonly deliveries: readonly NewDelivery[] };
type ProfileTarget = Extract<Target, { kind: 'profile' }>;

const KEPT: Reply = { code: 250, enhanced: '2.0.0', text: 'Kept' };
const NOT_FROM_HERE: Reply = {
  code: 550,
  enhanced: '5.7.1',
  text: 'This address takes mail from its application alone: sender not proven to be of it',
};
const NO_DNS: Reply = { code: 451, enhanced: '4.7.5', text: 'The sender cannot be checked now, try again later' };
const FULL: Reply = { code: 452, enhanced: '4.3.1', text: 'No room for mail now, try again later' };
const NOBODY: Reply = { code: 451, enhanced: '4.2.1', text: 'Nobody reads this now, try again later' };

/** Messages of strangers that are held for one profile, and their bytes without the header; others are refused (P8). */
const STRANGERS_HELD = 50;
const STRANGER_BYTES = 512 * 1024;
/** Lines about refused mail in the log of one profile within `NOTES_TIME` milliseconds; more are counted nowhere (P8). */
const NOTES_MAX = 20;
const NOTES_TIME = 3_600_000;
/** So many profiles are watched for that; then all are forgotten, which costs some lines more. */
const WATCHED_MAX = 10_000;

/** The octets of a header as they came. */
const octetsOf = ({ head }: Arrival): Buffer =>
  Buffer.from(`${head.fields.map(({ raw }) => raw).join('')}\r\n`, 'latin1');

/**
 * Takes messages for profiles and for administrators. Answers 250 once every recipient has a delivery on the disk, all
 * or none (P5); what is answered depends on the message, its sender, the alias and this machine, never on an account (P6).
 */
export function makeAccept(needs: Needs) {
  const { accounts, aliasDomain, choices, correspondents, dns, now, policy, refusals, spool, onAccepted } = needs;
  const noted = new Map<string, { count: number; since: number }>();

  function mayNote(profileId: string): boolean {
    if (noted.size >= WATCHED_MAX) noted.clear();
    const before = noted.get(profileId);
    const one = before === undefined || before.since + NOTES_TIME <= now() ? { count: 0, since: now() } : before;
    one.count += 1;
    noted.set(profileId, one);
    return one.count <= NOTES_MAX;
  }

  const note = async (profileId: string, entry: Parameters<Spool['note']>[1]): Promise<void> => {
    if (mayNote(profileId)) await spool.note(profileId, entry);
  };

  /** What of a message its owner's log and an answer need. */
  function described(arrival: Arrival, domain: string): Omit<NewDelivery, 'state' | 'profileId' | 'accountId'> {
    const { head, from } = arrival;
    const [answered = writerOf(head, from, aliasDomain)] = answerTo(head, from, aliasDomain);
    const [messageId] = valuesOf(head, 'message-id');
    return {
      kind: 'forward',
      fromDomain: domain,
      correspondent: answered,
      references: valuesOf(head, 'references').join(' '),
      ...(messageId === undefined ? {} : { messageId }),
    };
  }

  /** Whether one of those was blocked: who wrote, or who stands in the owner's log since they are to be answered. */
  async function isBlocked(profileId: string, people: readonly ({ address: string } | undefined)[]): Promise<boolean> {
    const addresses = new Set(people.flatMap((one) => one?.address ?? []));
    const known = await Promise.all(Array.from(addresses, (address) => correspondents.known(profileId, address)));
    return known.some((one) => one?.isBlocked === true);
  }

  /** What becomes of a message of the application's for one profile; undefined: a line of the log, no more. */
  async function forKnown(
    target: ProfileTarget,
    arrival: Arrival,
    domain: string,
    author: Examination['author'],
  ): Promise<NewDelivery | undefined> {
    const { profileId } = target;
    const about = { ...described(arrival, domain), profileId };
    const { mode } = await choices.of(profileId);
    if (mode === 'muted' || (await isBlocked(profileId, [author, about.correspondent]))) {
      await note(profileId, { kind: 'forward', state: 'muted', fromDomain: domain });
      return undefined;
    }
    return mode === 'held' ? { ...about, state: 'held', why: 'choice' } : { ...about, state: 'waiting' };
  }

  /** What becomes of anybody else's; undefined: it is refused. */
  async function forStranger(
    { profileId }: ProfileTarget,
    arrival: Arrival,
    domain: string,
    bytes: number,
  ): Promise<NewDelivery | undefined> {
    const { strangers } = await choices.of(profileId);
    const mayStay = strangers === 'hold' && bytes <= STRANGER_BYTES;
    const held = mayStay ? (await spool.waitingOf(profileId)).filter(({ why }) => why === 'stranger') : [];
    if (mayStay && held.length < STRANGERS_HELD)
      return { ...described(arrival, domain), profileId, state: 'held', why: 'stranger' };
    await note(profileId, { kind: 'forward', state: 'refused', fromDomain: domain });
    return undefined;
  }

  async function forProfiles(
    arrival: Arrival,
    targets: readonly ProfileTarget[],
    examination: Examination,
    bytes: number,
  ): Promise<Decision> {
    const applicationId = targets[0]?.applicationId ?? '';
    const verdict = await examination.judge(applicationId);
    if (verdict.kind === 'later') return { reply: NO_DNS, deliveries: [] };
    const domain = verdict.domain ?? addressDomain(arrival.from);
    const deliveries: NewDelivery[] = [];
    for (const target of targets) {
      const delivery =
        verdict.kind === 'trusted'
          ? await forKnown(target, arrival, domain, examination.author)
          : await forStranger(target, arrival, domain, bytes);
      if (delivery !== undefined) deliveries.push(delivery);
    }
    if (verdict.kind === 'trusted') return { reply: KEPT, deliveries };
    const { reason } = verdict;
    refusals.note(applicationId, { domain: verdict.domain, reason, address: arrival.client.address });
    const isRefused = deliveries.length === 0 && (await examination.mayBeRefused());
    return { reply: isRefused ? NOT_FROM_HERE : KEPT, deliveries };
  }

  async function forAdministrators(arrival: Arrival, { author }: Examination): Promise<Decision> {
    const readers = await accounts.reachableAdministrators();
    const about = described(arrival, author?.domain ?? addressDomain(arrival.from));
    const deliveries = readers.map(
      (accountId) => ({ ...about, kind: 'administrators', state: 'waiting', accountId }) as const,
    );
    return { reply: readers.length === 0 ? NOBODY : KEPT, deliveries };
  }

  /**
   * Takes a message for profiles of one application, or for the administrators.
   * @throws what the body throws, and what the storage throws where it cannot be used: then nothing is kept
   */
  return async function accept(arrival: Arrival): Promise<Reply> {
    const verifier = makeVerifier(arrival.head, dns, now);
    const writer = spool.begin();
    let isCommitted = false;
    try {
      for await (const chunk of arrival.body) {
        verifier.update(chunk);
        await writer.write(chunk);
      }
      const [body, { signatures, bodyHash, arc }] = await Promise.all([writer.finish(), verifier.finish()]);
      const examination = policy.examine({ envelope: arrival, head: arrival.head, dkim: signatures });
      const targets = arrival.targets.filter((target) => target.kind === 'profile');
      const { reply, deliveries } = await (targets.length > 0
        ? forProfiles(arrival, targets, examination, body.size)
        : forAdministrators(arrival, examination));
      if (deliveries.length > 0) {
        const { name, isEncrypted } = arrival.client;
        const meta = {
          mailFrom: arrival.from,
          receivedAt: now(),
          bodyHash,
          client: { name, isEncrypted },
          authentication: examination.authentication(),
          arc,
        };
        const accepted = await spool.commit({ head: octetsOf(arrival), meta, body }, deliveries);
        isCommitted = true;
        onAccepted(accepted);
      }
      return reply;
    } catch (error) {
      if (error instanceof SpoolFullError) return FULL;
      throw error;
    } finally {
      if (!isCommitted) await writer.abandon();
    }
  };
}
