import { UserError } from '../../../src/errors.ts';
import type { Cast } from './cast.ts';
import type { Dice } from './dice.ts';
import type { Face } from './faces.ts';
import type { Moderator } from './moderators.ts';
import type { Place } from './place.ts';
import type { Decision, Which } from './script.ts';
import type { Sights } from './sights.ts';

/** What moderators do, and people against it. */
export function makeModeratorActs(place: Place, { faces, sanctioned }: Cast, sights: Sights, dice: Dice) {
  const { moderation, profiles, seals, storage } = place.parts;
  const colluding = Object.values(place.moderators);
  const actorOf = ({ accountId }: Moderator) => ({ accountId, administrator: false });

  /** Tries something that may not be possible at this moment: how it ends. */
  async function attempt(work: () => Promise<unknown>): Promise<string> {
    try {
      await work();
      return 'done';
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error.code;
    }
  }

  /** The same by a moderator, who reads how it ends. */
  async function attemptAbout(face: Face, what: string, work: () => Promise<unknown>): Promise<void> {
    sights.addLeaf(face.side, what, 'answer', await attempt(work));
  }

  const { actions, exceptions, person: persons } = moderation;
  type To = readonly [ReturnType<typeof actorOf>, string, string];
  type Why = { reason: string; words: string };
  const carryOut: { readonly [decision in Decision]: (to: To, why: Why) => Promise<unknown> } = {
    note: (to, { words }) => actions.note(...to, words),
    warn: (to, why) => actions.warn(...to, why),
    block: (to, why) => actions.block(...to, why),
    'block for days': (to, why) => actions.block(...to, { ...why, days: 1 }),
    unblock: (to, { words }) => actions.unblock(...to, words),
    'ask for another name': (to, why) => actions.rename(...to, why),
    delete: (to, why) => actions.remove(...to, why),
    except: (to) => exceptions.grant(...to, 2),
    'bar from new ones': (to, why) => persons.bar(...to, { ...why, noNew: true, others: false }),
    'bar the others': (to, why) => persons.bar(...to, { ...why, noNew: false, others: true }),
    refer: (to, why) => actions.refer(...to, why),
  };

  return {
    decide(of: Which, decision: Decision, words: string): Promise<void> {
      const { door, profileId } = faces[of];
      const to = [actorOf(dice.one(colluding)), door.application.id, profileId] as const;
      return attemptAbout(faces[of], decision, () => carryOut[decision](to, { reason: 'spam', words }));
    },

    approve(of: Which): Promise<void> {
      const { door, profileId } = faces[of];
      const by = actorOf(dice.one(colluding));
      return attemptAbout(faces[of], 'approve', () =>
        moderation.requests.decide(by, door.application, [profileId], { kind: 'approve' }),
      );
    },

    /** Of further profiles of both people, decided at the same moment: their others may not be used any more. */
    async sanction(ids: ReadonlyMap<string, string>): Promise<void> {
      const { application } = faces.p.door;
      for (const { name } of sanctioned) {
        const why = { reason: 'spam', words: dice.word(16), noNew: false, others: true };
        await moderation.person.bar(actorOf(place.moderators.maud), application.id, ids.get(name) ?? '', why);
      }
    },

    /** The owner says something against what was decided last. */
    async appeal(of: Which): Promise<void> {
      const { person, profileId } = faces[of];
      await attempt(async () => {
        const { history } = await moderation.ownersView.of(person.accountId, profileId);
        const decision = history.findLast(({ mayAppeal }) => mayAppeal);
        if (decision === undefined) return;
        await moderation.appeals.write(person.accountId, profileId, decision.id, dice.word(20));
      });
    },

    /** The moderators decide what they may of each other's. */
    async judgeAppeals(of: Which): Promise<void> {
      const { application } = faces[of].door;
      for (const by of colluding) {
        for (const { id, isOwnDecision } of await moderation.appeals.list(actorOf(by), application.id)) {
          const outcome = { granted: dice.isOneIn(2), words: dice.word(16) };
          if (!isOwnDecision) await moderation.appeals.decide(actorOf(by), application.id, id, outcome);
        }
      }
    },

    /** Who may make no new profile tries to. */
    async tryFurther(of: Which): Promise<void> {
      const { person, door } = faces[of];
      await attempt(() => profiles.create(person.accountId, door.application, { name: dice.word(12), note: '' }));
    },

    /** The letters that moderators get of what waits. */
    async digest(): Promise<void> {
      await moderation.digest.tellDaily();
      const { letter } = storage.tables;
      for (const { id, sealed } of await storage.read.select().from(letter)) {
        const { to, values } = JSON.parse(seals.open('letter', id, sealed)) as { to: string; values: object };
        if (to.endsWith('@moderators.example')) sights.add('neither', 'letter to a moderator', values);
      }
      await storage.write(async (tx) => void (await tx.delete(letter)));
    },
  };
}
