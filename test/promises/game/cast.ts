import { newBrowser, ORIGIN, PASSWORD, type Face, type Person } from './faces.ts';
import { HOMES, type Door, type OidcDoor, type Place, type SamlDoor } from './place.ts';
import type { Script, Which } from './script.ts';

/** Whether one person owns both profiles, or two people one each. */
export type Owners = 'one' | 'two';

/** A further profile of one of the people, that the adversaries know nothing of beforehand. */
type Further = { readonly name: string; readonly person: Person; readonly door: Door };

/** Everybody and everything in a world. */
export type Cast = {
  readonly owners: Owners;
  readonly faces: { readonly [which in Which]: Face };
  readonly alix: Person;
  readonly bruno: Person;
  /** Those who own one of the two profiles. */
  readonly everyone: readonly Person[];
  /** Each browser that is used, with a profile that it is used for. */
  readonly browsers: readonly Pick<Face, 'browser' | 'person'>[];
  /** Profiles of both people that moderators decide about instead of the two. */
  readonly sanctioned: readonly Further[];
  /** What everybody knows, the longest first. */
  readonly known: readonly string[];
};

/** What the instance and all applications have in common. */
const PUBLIC = [ORIGIN, HOMES, '@relay.example'];

let people = 0;

async function newPerson({ parts }: Place, language: 'fr' | 'en'): Promise<Person> {
  people += 1;
  const loginName = `person.${people}`;
  const mailbox = `${loginName}@home.example`;
  const { id } = await parts.accounts.add({
    loginName,
    password: PASSWORD,
    mailbox,
    mailboxVerified: true,
    language,
  });
  return { accountId: id, loginName };
}

/** The people of a world, with their browsers, and the applications. Nobody has a profile yet. */
export async function openCast(place: Place, script: Script, owners: Owners): Promise<Cast> {
  const { parts } = place;
  const rules = { policy: script.policy, quota: script.story === 'granted' ? 1 : 5 } as const;
  const doorOfP = await place.openDoor(script.doors[0], rules);
  const doorOfQ = script.applications === 'one' ? doorOfP : await place.openDoor(script.doors[1], rules);
  for (const { id } of new Set([doorOfP.application, doorOfQ.application])) {
    for (const { accountId } of Object.values(place.moderators)) {
      await parts.moderation.moderators.appoint(id, accountId);
    }
  }
  const alix = await newPerson(place, script.languages[0]);
  const bruno = await newPerson(place, script.languages[1]);
  const ownerOfQ = owners === 'one' ? alix : bruno;

  const browser = newBrowser(parts, 2 * people);
  // One person uses both applications in one browser; two profiles at one application need a browser each.
  const isShared = owners === 'one' && script.applications === 'two';
  const other = isShared ? browser : newBrowser(parts, 2 * people + 1);
  const named = (side: Which) => ({ side, profileId: '', name: script.names[side], fresh: script.fresh[side] });
  const faces: Cast['faces'] = {
    p: { ...named('p'), person: alix, door: doorOfP, browser },
    q: { ...named('q'), person: ownerOfQ, door: doorOfQ, browser: other },
  };
  const isSanctioned = script.story === 'sanctioned';
  return {
    owners,
    faces,
    alix,
    bruno,
    everyone: [...new Set([alix, ownerOfQ])],
    browsers: [...new Map([faces.p, faces.q].map((face) => [face.browser, face])).values()],
    sanctioned: isSanctioned
      ? [
          { name: script.further[0], person: alix, door: doorOfP },
          { name: script.further[1], person: bruno, door: doorOfP },
        ]
      : [],
    known: [...PUBLIC, ...[doorOfP, doorOfQ].flatMap(namesOf)].toSorted((a, b) => b.length - a.length),
  };
}

/** The moderators look after these applications no longer, so that they see of each world only what is its own. */
export async function closeCast({ moderators, parts }: Place, { faces }: Cast): Promise<void> {
  for (const { id } of new Set([faces.p.door.application, faces.q.door.application])) {
    for (const { accountId } of Object.values(moderators)) await parts.moderation.moderators.dismiss(id, accountId);
  }
}

/** What an application knows of itself. */
function namesOf(door: Door): string[] {
  const own = door.kind === 'oidc' ? ofClient(door) : ofProvider(door);
  return [door.application.id, door.application.name, door.application.homeUrl, ...own];
}

const ofClient = ({ client }: OidcDoor): string[] => [client.id];
const ofProvider = ({ provider }: SamlDoor): string[] => [
  provider.id,
  provider.entityId,
  ...provider.consumers.map(({ url }) => url),
];

let strangers = 0;

/** Other people with a profile each at an application, so that two among them are not all there is. */
export async function addCrowd(place: Place, { application }: Door, names: readonly string[]): Promise<void> {
  for (const name of names) {
    strangers += 1;
    const person = place.crowd[strangers % place.crowd.length];
    if (person !== undefined) await place.parts.profiles.create(person.accountId, application, { name, note: '' });
  }
}
