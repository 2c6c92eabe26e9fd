import type { Application } from '../../src/applications/applications.ts';
import { codeAt, codesOn, scan, STEP, wrongCode } from '../authenticator.ts';
import type { House } from '../house.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { askFor, useLink } from '../open-door.ts';
import { makeAuthenticator, type Asked } from '../software-authenticator.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { answered } from '../working.ts';

const HOUR = 3_600_000;
/** Long enough for a letter to be tried again, in milliseconds. */
const PAUSE = 8 * 60_000;
const MAILBOX = 'noe.the.newcomer@harbour.example';
const OTHER = 'noe.elsewhere@harbour.example';
const LOGIN_NAME = 'noe_newcomer';
const FIRST = 'onze effraies rousses';
const SECOND = 'douze chevêches au verger';

/** A smart host that takes letters as it is told to. Its refusals repeat the address, as those of real ones do. */
export type MoodyHost = { readonly catcher: MailCatcher; mood: 'takes' | 'puts off' | 'refuses' | 'is ill' };

export async function openMoodyHost(): Promise<MoodyHost> {
  const host: { mood: MoodyHost['mood'] } = { mood: 'takes' };
  const catcher = await openMailCatcher({
    onMailFrom({ address }, _session, done) {
      const ill = Object.assign(new Error(`${address} may not send now`), { responseCode: 421 });
      done(host.mood === 'is ill' ? ill : null);
    },
    onRcptTo({ address }, _session, done) {
      if (host.mood === 'takes') return done();
      const responseCode = host.mood === 'refuses' ? 550 : 450;
      done(Object.assign(new Error(`<${address}>: no such mailbox as ${address}`), { responseCode }));
    },
  });
  return Object.assign(host, { catcher });
}

type Life = {
  house: House;
  host: MoodyHost;
  application: Application;
  /** Moves the clock of the house, in milliseconds. */
  pass: (time: number) => void;
  now: () => number;
  keep: (what: string, value: unknown) => void;
};

/**
 * A newcomer's whole time here: the account made, a password forgotten, the mailbox changed, second factors, letters that
 * nobody takes, and the account deleted with its profile. Everything secret of it is handed to `keep`.
 * @returns values of the account, and of its profile.
 */
export async function liveAsNewcomer(life: Life): Promise<{ ofAccount: string[]; ofProfile: string[] }> {
  const { house, host, application, pass, now, keep } = life;
  const { parts, url } = house;
  for (const value of [MAILBOX, OTHER, FIRST, SECOND]) keep('mailbox or password of the newcomer', value);

  /** The link in the last letter to a mailbox that has one, after the host was in every mood. */
  async function linkTo(mailbox: string): Promise<string> {
    for (const mood of ['is ill', 'puts off', 'takes'] as const) {
      host.mood = mood;
      await parts.mail.deliver();
      if (mood !== 'takes') pass(PAUSE);
    }
    // Letters of one delivery leave in any order, and not each has a link.
    const link = host.catcher.letters
      .filter(({ to }) => to === mailbox)
      .flatMap(({ links }) => links.filter((one) => one.includes('/link/')))
      .at(-1);
    if (link === undefined) throw new Error(`no link came to ${mailbox}`);
    keep('token in a letter', link.split('/').at(-1));
    return link;
  }
  const signIn = (visitor: Visitor, page: Page, password: string): Promise<Page> =>
    visitor.submit(page, '/sign-in', { login: LOGIN_NAME, password });

  // The account, by a letter; somebody asks for it once more.
  const visitor = makeVisitor();
  await askFor(visitor, await visitor.get(`${url}/account`), MAILBOX);
  const begun = await linkTo(MAILBOX);
  await useLink(visitor, begun, LOGIN_NAME, { password: 'short' });
  await useLink(visitor, begun, LOGIN_NAME, { password: FIRST });
  const account = await parts.accounts.findByLogin(LOGIN_NAME);
  if (account === undefined) throw new Error('the newcomer has no account');
  const stranger = makeVisitor();
  await askFor(stranger, await stranger.get(`${url}/account`), MAILBOX);
  const profile = await parts.profiles.create(account.id, application, { name: 'plover_quayside', note: '' });

  // A password that was forgotten.
  const forgetful = await stranger.get(`${(await stranger.get(`${url}/account`)).url.href}/forgotten`);
  await stranger.submit(forgetful, '/forgotten', { identifier: MAILBOX, ...answered(forgetful) });
  const recovery = await linkTo(MAILBOX);
  await stranger.submit(await stranger.get(recovery), new URL(recovery).pathname, { password: SECOND });
  await stranger.get(recovery);

  // Another mailbox, and a link to undo that.
  await signIn(visitor, await visitor.get(`${url}/account/mailbox`), SECOND);
  await visitor.submit(await visitor.get(`${url}/account/mailbox`), '/account/mailbox', { mailbox: OTHER });
  const confirm = await linkTo(OTHER);
  await visitor.submit(await visitor.get(confirm), new URL(confirm).pathname);
  await linkTo(MAILBOX);

  // Second factors.
  const setUp = await signIn(visitor, await visitor.get(`${url}/account/security/app`), SECOND);
  const secret = scan(setUp);
  keep('secret of an authenticator app', secret.replaceAll(' ', ''));
  const wrong = wrongCode(secret, now());
  const right = codeAt(secret, now());
  const codes = codesOn(
    await visitor.submit(await visitor.submit(setUp, '/app', { code: wrong }), '/app', { code: right }),
  );
  if (codes.length === 0) throw new Error('no recovery codes');
  for (const code of codes) keep('recovery code', code);
  const key = makeAuthenticator(url);
  const adding = await visitor.get(`${url}/account/security/passkey`);
  const form = adding.document.querySelector('form[data-options]');
  const csrf = form?.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
  const options = new URL(form?.getAttribute('data-options') ?? '', url);
  const asked = JSON.parse((await visitor.post(options, { csrf }, { accept: 'application/json' })).text) as Asked;
  const response = key.create(asked);
  keep('answer of a passkey', response);
  await visitor.submit(adding, '/passkey', { response: '{}', name: 'Key' });
  await visitor.submit(adding, '/passkey', { response, name: 'Key' });
  const { totp, passkey } = await parts.accounts.secondFactors.of(account.id);
  if (totp.length + passkey.length !== 2) throw new Error('not both factors were set up');
  pass(2 * STEP);
  const next = makeVisitor();
  const half = await next.submit(await next.get(`${url}/account`), '/sign-in', { login: LOGIN_NAME, password: SECOND });
  const byCode = half.url.href.replace(/\/factor.*$/u, '');
  await next.submit(await next.get(`${byCode}/factor/recovery`), '/factor/recovery', { code: codes[0] ?? '' });

  // A letter that is refused for good, and the account is deleted.
  host.mood = 'refuses';
  await parts.mail.deliver();
  host.mood = 'takes';
  const leave = await next.get(`${url}/account/leave`);
  await next.submit(leave, '/account/leave', { confirm: 'somebody' });
  await next.submit(leave, '/account/leave', { confirm: LOGIN_NAME });
  if ((await parts.accounts.find(account.id))?.status !== 'leaving') throw new Error('the newcomer did not leave');
  await signIn(stranger, await stranger.get(`${url}/account`), SECOND);
  host.mood = 'refuses';
  for (const days of [1, 14, 14]) {
    pass(days * 24 * HOUR);
    for (const job of parts.jobs) if (job.name === 'people who leave' || job.name === 'letters') await job.run();
  }
  if ((await parts.accounts.find(account.id)) !== undefined) throw new Error('the newcomer is still here');
  for (const cookie of await next.jar.getCookies(url)) keep('cookie', cookie.value);
  return { ofAccount: [account.id, LOGIN_NAME], ofProfile: [profile.id, 'plover_quayside', profile.subject] };
}
