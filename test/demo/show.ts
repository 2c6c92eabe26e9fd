import { PEOPLE } from '../people.ts';
import type { MailCatcher } from '../mail-catcher.ts';
import type { DnsServer } from '../mail/dns-server.ts';
import type { Place } from './instance.ts';
import { openLetters } from './letters.tsx';
import { PIAF, PLUMES } from './looks.tsx';
import { walkOnce } from './once.ts';
import { domainOf, makePost } from './post.ts';
import { DEMO_PEOPLE, registerApplication, seedPeople, type Draft } from './seed.ts';
import { openService, type Service } from './service.ts';

type Demo = {
  readonly place: Place;
  /** Takes all mail that leaves: letters of the instance, what it forwards, and answers to the applications. */
  readonly catcher: MailCatcher;
  readonly dns: DnsServer;
  /** Of the micro-blog, of the photo site and of the letters. */
  readonly ports: readonly [number, number, number];
  readonly language: 'fr' | 'en';
  readonly isOnce: boolean;
  /** Resolves when the demo is to stop. */
  readonly stopped: Promise<void>;
  /** Takes a step to be done at the end. */
  readonly undoLater: (step: () => Promise<void>) => void;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function introduce({ url }: Place, [piaf, plumes]: readonly [Service, Service], letters: string): string[] {
  const people = DEMO_PEOPLE.map((person) => PEOPLE[person]);
  return [
    '',
    'Addresses',
    `  Aluco    ${url}   accounts and their profiles`,
    `  Piaf     ${piaf.url}   a micro-blog`,
    `  Plumes   ${plumes.url}   a photo site`,
    `  Letters  ${letters}   all mail that left: letters of Aluco, forwarded mail, answers`,
    '',
    'Login names and passwords',
    ...people.map(({ loginName, password }) => `  ${loginName.padEnd(8)} ${password}`),
    '',
    'What to try',
    `  1. Open ${piaf.url} and sign in as alix. Make a profile, say "alice".`,
    `  2. Open ${plumes.url} and sign in: no password this time. Make a profile, say "charlie".`,
    '  3. Compare what the two pages say they received: nothing is shared.',
    '  4. At Piaf choose "Use another profile" and make a second one. Piaf cannot tell that both are yours.',
    `  5. At ${url} see your profiles: show a group, change profile, retire one and undo it.`,
    '  6. At Piaf choose "Send yourself a notification". It goes to the relay address; read it at Letters, header and all.',
    `  7. At ${url}/mail answer it. It leaves within half a minute. Then see at Piaf, "What Piaf saw of its mail", what it knows and what not.`,
    '  8. Sign out of Aluco from Piaf. Plumes hears of it after a random while (10 to 120 seconds): then reload it.',
    `  9. At Plumes choose "Use another profile" and ask for a second one: there a moderator says yes or no.`,
    `     In a private window sign in at ${url}/moderation as maud, and decide. See what she is not told: whose it is.`,
    `  10. In another sign in at ${url} as odile, who runs the instance: applications, groups.`,
    '     Let nobody enter Plumes any more, then try to sign in there as bruno.',
    '',
    'Everything is in a throw-away folder. Ctrl-C stops the demo and removes it.',
    '',
  ];
}

/**
 * Makes the people and the applications on an instance that runs, then walks the journey once, or tells what to try and
 * waits.
 * @returns the exit status.
 */
export async function showDemo(demo: Demo): Promise<number> {
  const { place, catcher, dns, ports, language, isOnce, stopped, undoLater } = demo;
  await seedPeople(place, language);
  const open = async (
    name: string,
    port: number,
    rules: Pick<Draft, 'rule' | 'policy' | 'moderator'>,
    look: typeof PIAF,
  ): Promise<Service> => {
    const draft = {
      ...rules,
      name,
      url: `http://localhost:${port}`,
      icon: `${look.theme}.svg`,
      domain: domainOf(name),
    };
    const post = makePost({ name, relayPort: place.relayPort, dns, catcher });
    const service = await openService(place.url, await registerApplication(place, draft), { look, post });
    undoLater(() => service.close());
    return service;
  };
  const services = [
    await open('Piaf', ports[0], { rule: 'fediverse', policy: 'open' }, PIAF),
    await open('Plumes', ports[1], { rule: 'pixelfed', policy: 'further-approved', moderator: 'maud' }, PLUMES),
  ] as const;
  if (isOnce) return (await walkOnce(place, services, { catcher, say })) ? 0 : 1;
  const letters = await openLetters(catcher, ports[2]);
  undoLater(() => letters.close());
  for (const line of introduce(place, services, letters.url)) say(line);
  await stopped;
  say('Stopping.');
  return 0;
}
