import type { ComponentChildren } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Received } from './service.ts';

/** What an application of the demo looks like. */
export type Look = {
  readonly theme: string;
  readonly motto: string;
  /** What it shows to somebody of this name. */
  readonly content: (userName: string) => ComponentChildren;
};

export type Frame = { readonly name: string; readonly look: Look; readonly issuer: string };

/** What each value is for, in the order in which the page lists them. */
const MEANINGS: Readonly<Record<string, string>> = {
  preferred_username: 'The name of the profile you picked.',
  name: 'The same, as a name to show.',
  sub: 'Who you are here, for ever. It is another one at every other application.',
  email: 'A relay address of this profile alone. Your own address stays with Aluco.',
  email_verified: 'That the address is yours.',
  groups: 'The groups you chose to show. None, unless you say so.',
  sid: 'This session here, so that Aluco can say when it ends.',
};

/** A whole page of an application. */
export function page({ name, look }: Frame, body: ComponentChildren): string {
  const html = renderToString(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{name}</title>
        <link rel="icon" href="/icon" />
        <link rel="stylesheet" href="/assets/service.css" />
      </head>
      <body class={look.theme}>
        <header>
          <a href="/">
            <img src="/icon" alt="" width="40" height="40" />
            <strong>{name}</strong>
          </a>
        </header>
        <main>{body}</main>
        <footer>An application of the Aluco demo. Nothing here is kept.</footer>
      </body>
    </html>,
  );
  return `<!doctype html>${html}`;
}

/** The page of somebody who is not signed in. */
export function landingPage(frame: Frame, notice: string | undefined): string {
  const { name, look } = frame;
  return page(
    frame,
    <section class="landing">
      {notice === undefined ? null : (
        <p class="notice" role="status">
          {notice}
        </p>
      )}
      <img src="/icon" alt="" width="112" height="112" />
      <h1>{look.motto}</h1>
      <p>To take part in {name}, sign in with your Aluco account.</p>
      <form method="post" action="/sign-in">
        <button>Sign in</button>
      </form>
    </section>,
  );
}

function shown(value: unknown): string {
  if (Array.isArray(value) && value.length === 0) return '(none)';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

type RowsProps = { names: readonly string[]; received: Received };

function Rows({ names, received: { idToken, userinfo } }: RowsProps) {
  return (
    <dl class="claims">
      {names.map((name) => (
        <div>
          <dt>
            <code>{name}</code>
            <small>
              {[name in idToken ? 'ID token' : '', name in userinfo ? 'userinfo' : ''].filter(Boolean).join(', ')}
            </small>
          </dt>
          <dd>
            <code>{shown(idToken[name] ?? userinfo[name])}</code>
            {MEANINGS[name] === undefined ? null : <span>{MEANINGS[name]}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Claims({ received }: { received: Received }) {
  const present = Object.keys({ ...received.userinfo, ...received.idToken });
  const aboutYou = Object.keys(MEANINGS).filter((name) => present.includes(name));
  return (
    <>
      <Rows names={aboutYou} received={received} />
      <h3>For the protocol: who speaks to whom, and when</h3>
      <Rows names={present.filter((name) => !aboutYou.includes(name))} received={received} />
    </>
  );
}

function Action({ to, children, choose = false }: { to: string; children: ComponentChildren; choose?: boolean }) {
  return (
    <form method="post" action={to}>
      {choose ? <input type="hidden" name="choose" value="1" /> : null}
      <button class="quiet">{children}</button>
    </form>
  );
}

/** The page of somebody who signed in: the application, and exactly what it received. */
export function memberPage(frame: Frame, received: Received): string {
  const { name, look, issuer } = frame;
  const userName = shown(received.idToken['preferred_username']);
  return page(
    frame,
    <>
      <h1>Hello, {userName}</h1>
      <nav aria-label="Your session">
        <Action to="/sign-in" choose>
          Use another profile
        </Action>
        <Action to="/leave">Leave {name} only</Action>
        <Action to="/sign-out">Sign out</Action>
        <Action to="/notify">Send yourself a notification</Action>
        <a href="/mail">What {name} saw of its mail</a>
        <a href={issuer}>My profiles at Aluco</a>
      </nav>
      {look.content(userName)}
      <section class="received">
        <h2>What {name} received about you</h2>
        <p>This is all of it. Sign in to the other application too, and look for anything the two have in common.</p>
        <Claims received={received} />
        <details>
          <summary>As it came, word for word</summary>
          <pre id="received" tabIndex={0}>
            {JSON.stringify(received, undefined, 2)}
          </pre>
        </details>
      </section>
    </>,
  );
}
