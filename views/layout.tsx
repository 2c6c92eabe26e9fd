import type { ComponentChildren } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { ContactWords } from './parts/ContactWords.tsx';
import { Csrf } from './parts/Csrf.tsx';
import { Link } from './parts/Link.tsx';
import { languageNames, type Language, type Translate } from './text.ts';

/** Raise it whenever a file in assets/ changes, so that browsers fetch the new one. */
const assetVersion = 12;

/** What every page shows of the house. The addresses of its own files change with what is in them. */
export type Instance = {
  readonly name: string;
  /** The languages offered, at least one. */
  readonly languages: readonly Language[];
  readonly logoUrl?: string | undefined;
  readonly coloursUrl?: string | undefined;
  /** An e-mail address, a web address or words. */
  readonly contact?: string | undefined;
  readonly rulesUrl?: string | undefined;
  readonly privacyUrl?: string | undefined;
};

/** What every page knows besides its own data. `csrf` goes into the forms of header and footer. */
export type Frame = {
  readonly t: Translate;
  readonly language: Language;
  readonly instance: Instance;
  /** Where this page is, for the navigation. */
  readonly path: string;
  /** The path and query to come back to after a change of language. */
  readonly back: string;
  readonly viewer?:
    | {
        readonly loginName: string;
        readonly administrator: boolean;
        /** How many people wait for an account, for administrators where anybody may ask for one. */
        readonly requests?: number | undefined;
        /** Whether they look after applications; how many requests wait there, where that is known. */
        readonly moderation?: { readonly waiting?: number | undefined } | undefined;
        /** Whether they look after groups. */
        readonly delegate?: boolean | undefined;
      }
    | undefined;
  readonly csrf?: string | undefined;
};

type Content = {
  readonly title: string;
  readonly hasErrors: boolean;
  readonly body: ComponentChildren;
  /** One card in the middle, without navigation: for people on their way to an application. */
  readonly narrow?: boolean;
  /** The names of further scripts in assets/. */
  readonly script?: string | readonly string[];
};

/** A whole HTML document. */
export function page(frame: Frame, content: Content): string {
  const { t, language, instance } = frame;
  const narrow = content.narrow ?? false;
  const title = `${content.hasErrors ? t('form.error_title') : ''}${content.title} – ${instance.name}`;
  const html = renderToString(
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <title>{title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href={instance.logoUrl ?? '/assets/owl.svg'} />
        <link rel="stylesheet" href={asset('aluco.css')} />
        {instance.coloursUrl !== undefined && <link rel="stylesheet" href={instance.coloursUrl} />}
        <script src={asset('aluco.js')} defer />
        {[content.script ?? []].flat().map((name) => (
          <script key={name} src={asset(name)} defer />
        ))}
      </head>
      <body class={narrow ? 'narrow' : 'wide'}>
        <a class="skip" href="#main">
          {t('layout.skip')}
        </a>
        <Header frame={frame} narrow={narrow} />
        <main id="main" tabIndex={-1}>
          {content.body}
        </main>
        <Footer frame={frame} />
      </body>
    </html>,
  );
  return `<!doctype html>\n${html}`;
}

function asset(name: string): string {
  return `/assets/${name}?v=${assetVersion}`;
}

function Header({ frame, narrow }: { frame: Frame; narrow: boolean }) {
  const { t, viewer, instance } = frame;
  return (
    <header class="top">
      <div class="top-row">
        <a class="home" href="/">
          <img src={instance.logoUrl ?? '/assets/owl.svg'} alt="" width="40" height="40" />
          <span>{instance.name}</span>
        </a>
        {viewer && !narrow && (
          <form class="sign-out" method="post" action="/sign-out">
            <Csrf token={frame.csrf} />
            <span class="who">{viewer.loginName}</span>
            <button class="button quiet" type="submit">
              {t('layout.sign_out')}
            </button>
          </form>
        )}
      </div>
      {viewer && !narrow && <Navigation frame={frame} viewer={viewer} />}
    </header>
  );
}

function Navigation({ frame, viewer }: { frame: Frame; viewer: NonNullable<Frame['viewer']> }) {
  const { t, path } = frame;
  const { administrator, requests, moderation, delegate = false } = viewer;
  const isMail = path === '/mail' || /^\/profiles\/[^/]+\/mail(?:\/|$)/u.test(path);
  const places = [
    { href: '/', text: t('nav.profiles'), current: path === '/' || (path.startsWith('/profiles/') && !isMail) },
    { href: '/mail', text: t('nav.mail'), current: isMail },
    ...[
      { href: '/account', text: t('nav.account') },
      { href: '/sessions', text: t('nav.sessions') },
      { href: '/activity', text: t('nav.activity') },
      ...(delegate ? [{ href: '/groups', text: t('nav.delegated') }] : []),
      ...(moderation === undefined
        ? []
        : [{ href: '/moderation', text: t('nav.moderation', { count: moderation.waiting ?? 0 }) }]),
      ...(administrator
        ? [
            { href: '/admin/applications', text: t('nav.applications') },
            { href: '/admin/accounts', text: t('nav.accounts') },
            ...(requests === undefined
              ? []
              : [{ href: '/admin/requests', text: t('nav.requests', { count: requests }) }]),
            { href: '/admin/groups', text: t('nav.groups') },
            { href: '/admin/cases', text: t('nav.desk'), others: ['/admin/unsealing', '/admin/register'] },
            { href: '/admin/saml', text: t('admin.saml.nav') },
            { href: '/admin/mail', text: t('admin.queue.nav') },
            { href: '/admin/house', text: t('nav.house') },
          ]
        : []),
    ].map(({ others = [], ...place }: { href: string; text: string; others?: readonly string[] }) => ({
      ...place,
      current: [place.href, ...others].some((href) => path === href || path.startsWith(`${href}/`)),
    })),
  ];
  return (
    <nav aria-label={t('nav.label')}>
      <ul>
        {places.map((place) => (
          <li key={place.href}>
            <a href={place.href} aria-current={place.current ? 'page' : undefined}>
              {place.text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Footer({ frame }: { frame: Frame }) {
  const { t, instance } = frame;
  const { contact, rulesUrl, privacyUrl } = instance;
  const others = instance.languages.filter((language) => language !== frame.language);
  return (
    <footer class="bottom">
      {(contact ?? rulesUrl ?? privacyUrl) !== undefined && (
        <div class="house">
          {contact !== undefined && (
            <p>
              {t('layout.contact')} <ContactWords contact={contact} />
            </p>
          )}
          {rulesUrl !== undefined && <Link href={rulesUrl}>{t('layout.rules')}</Link>}
          {privacyUrl !== undefined && <Link href={privacyUrl}>{t('layout.privacy')}</Link>}
        </div>
      )}
      {others.length > 0 && (
        <form method="post" action="/language">
          <Csrf token={frame.csrf} />
          <input type="hidden" name="back" value={frame.back} />
          {others.map((language) => (
            <button key={language} class="button quiet" type="submit" name="language" value={language} lang={language}>
              {languageNames[language]}
            </button>
          ))}
        </form>
      )}
    </footer>
  );
}
