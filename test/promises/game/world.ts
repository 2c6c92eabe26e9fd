import { addCrowd, closeCast, openCast, type Cast, type Owners } from './cast.ts';
import { makeDice } from './dice.ts';
import { nextDue } from './due.ts';
import { makeModeratorActs } from './moderator-acts.ts';
import { makeLooks } from './moderators.ts';
import { makePersonActs } from './person-acts.ts';
import type { Place } from './place.ts';
import type { Act, Script, Which } from './script.ts';
import { makeSights, type Sight } from './sights.ts';

export type { Owners } from './cast.ts';

/** What was seen in a world, and what is in it that anybody may know. */
export type World = {
  readonly owners: Owners;
  readonly script: Script;
  readonly sights: readonly Sight[];
  readonly known: readonly string[];
};

const DAY = 86_400;
/** When the first of a world's profiles is made, in seconds of the day. */
const MORNING = 6 * 3600;
/** How long it is watched what becomes of a decision about a person, and how often applications look, in seconds. */
const WATCH = 15 * DAY;
const REFRESHED_EVERY = 4 * DAY;

const SIDES = ['p', 'q'] as const;

/** Makes the profiles, and hands the ids of the further ones over, by their names. */
async function makeProfiles(place: Place, script: Script, cast: Cast): Promise<ReadonlyMap<string, string>> {
  const { parts, clock } = place;
  const { faces, owners } = cast;
  async function make(which: Which): Promise<void> {
    const face = faces[which];
    const { application } = face.door;
    const wanted = { name: face.name, note: '' };
    const { id } =
      script.policy === 'open'
        ? await parts.profiles.create(face.person.accountId, application, wanted)
        : await parts.profiles.request(face.person.accountId, application, {
            ...wanted,
            words: script.words[which],
            urgent: false,
          });
    face.profileId = id;
  }

  const start = clock.now();
  const until = (seconds: number): void => clock.wait((start + seconds * 1000 - clock.now()) / 1000);
  await addCrowd(place, faces.p.door, script.crowd);
  const further = new Map<string, string>();
  for (const { name, person, door } of cast.sanctioned) {
    const { id } = await parts.profiles.create(person.accountId, door.application, { name, note: '' });
    further.set(name, id);
  }
  await make('p');
  // In one sitting by one person, at any time of the same day by two: nobody who plays is there.
  if (script.story !== 'granted') {
    until(owners === 'one' ? script.sitting : script.apart);
    await make('q');
  }
  until(script.apart);
  if (script.story === 'granted') {
    const by = { accountId: place.moderators.maud.accountId, administrator: false };
    await parts.moderation.exceptions.grant(by, faces.p.door.application.id, faces.p.profileId, 2);
    clock.wait(script.sitting);
    await make('q');
  }
  return further;
}

/** Plays a script in one of the two worlds. */
export async function playWorld(place: Place, script: Script, owners: Owners): Promise<World> {
  const { parts, clock } = place;
  const dice = makeDice(script.seed + 7919);
  const sights = makeSights(clock.now);
  // Each world begins in the morning of the next day.
  clock.wait(DAY - ((clock.now() / 1000) % DAY) + MORNING + dice.whole(0, 3600));
  const cast = await openCast(place, script, owners);
  const further = await makeProfiles(place, script, cast);
  const people = makePersonActs(place, cast, script.applications === 'two', sights);
  const moderators = makeModeratorActs(place, cast, sights, dice);
  const watched = SIDES.map((side) => {
    const { name, fresh, profileId, door } = cast.faces[side];
    return { side, names: [name, fresh], profileId, applicationId: door.application.id };
  });
  const looks = makeLooks(place.moderators, sights, watched, dice, clock.now);

  /** What becomes by and by of decisions about people. */
  async function daysPass(): Promise<void> {
    const end = clock.now() + WATCH * 1000;
    for (let asked = 1; clock.now() < end;) {
      const refreshed = end - WATCH * 1000 + asked * REFRESHED_EVERY * 1000;
      const due = await nextDue(parts, 'errand');
      clock.wait(Math.max(1, (Math.min(due ?? end, refreshed, end) - clock.now()) / 1000));
      await parts.moderation.errands.run();
      await people.deliverDue();
      if (clock.now() < refreshed) continue;
      for (const side of SIDES) await people.refresh(side);
      asked += 1;
    }
  }

  const acts: { readonly [kind in Act['kind']]: (act: Extract<Act, { kind: kind }>) => Promise<void> } = {
    visit: ({ of, ask }) => people.visit(of, ask),
    refresh: ({ of }) => people.refresh(of),
    userinfo: ({ of }) => people.userinfo(of),
    introspect: ({ of }) => people.introspect(of),
    leave: ({ of }) => people.leave(of),
    switch: ({ of }) => people.switch(of),
    retire: ({ of }) => people.retire(of),
    restore: ({ of }) => people.restore(of),
    'sign out': people.signOut,
    'end sessions': people.endSessions,
    'another password': people.changePassword,
    async decide({ of, decision, words }) {
      await moderators.decide(of, decision, words);
      await people.deliver();
    },
    approve: ({ of }) => moderators.approve(of),
    appeal: ({ of }) => moderators.appeal(of),
    'judge appeals': ({ of }) => moderators.judgeAppeals(of),
    'try a further one': ({ of }) => moderators.tryFurther(of),
    digest: moderators.digest,
    sanction: () => moderators.sanction(further),
    'days pass': daysPass,
    async suspend() {
      await parts.accounts.suspend(cast.alix.accountId);
      await people.deliver();
    },
    look: ({ count, form }) => looks.some(count, form),
  };

  await people.signInAll();
  for (const { pause, act } of script.acts) {
    clock.wait(pause);
    await (acts[act.kind] as (one: Act) => Promise<void>)(act);
  }
  await closeCast(place, cast);
  return { owners, script, sights: sights.all, known: cast.known };
}
