import { renderToString } from 'preact-render-to-string';
import { momentText } from '../parts/When.tsx';
import { languages, translator, type Language, type TextKey, type TextParams, type Translate } from '../text.ts';
import { PLANS, type LetterName, type Plan } from './plans.ts';
import { STYLE } from './style.ts';

/** What a letter shows of the house. `url` is our public address, the beginning of every link; `contact` may be empty. */
export type LetterHouse = { readonly name: string; readonly url: string; readonly contact: string };

/** A letter in both its forms; where it can be stopped, the address that does so (RFC 8058). */
export type Drawn = {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly unsubscribe?: string;
};

type Values = Readonly<Record<string, string>>;

/** One piece of a letter; `quoted`: in somebody's own words. */
type Paragraph = { readonly text: string; readonly quoted: boolean };

type Content = {
  readonly language: Language;
  readonly subject: string;
  readonly body: readonly Paragraph[];
  readonly link: { readonly href: string; readonly label: string } | undefined;
  readonly after: readonly string[];
  readonly stop: { readonly href: string; readonly label: string } | undefined;
  readonly foot: readonly string[];
};

const METHODS: Readonly<Record<string, TextKey>> = { totp: 'mail.method.totp', passkey: 'mail.method.passkey' };

const NUMBERS = new Set(['count', 'oldest_days', 'days', 'left', 'review', 'appeals']);

/** A value as its sentence takes it: numbers counted, days and instants in words, methods by their names. */
function shown(t: Translate, language: Language, name: string, value: string): string | number {
  if (NUMBERS.has(name) && /^\d{1,9}$/u.test(value)) return Number(value);
  if (name === 'day' || name === 'opens') return momentText(language, instantOf(value));
  if (name !== 'method') return value;
  const known = METHODS[value];
  return known === undefined ? value : t(known);
}

function instantOf(value: string): string | number {
  if (/^\d{9,15}$/u.test(value)) return Number(value);
  return /^\d{4}-\d{2}-\d{2}T/u.test(value) && !Number.isNaN(Date.parse(value)) ? Date.parse(value) : value;
}

/** A link under our own address, whatever was asked on; or to an application, where it has a web address. */
function hrefOf(link: NonNullable<Plan['link']>, house: LetterHouse, values: Values): string {
  if (link.to === 'token') return `${house.url}/link/${encodeURIComponent(values['token'] ?? '')}`;
  if (link.to === 'profile') return `${house.url}/profiles/${encodeURIComponent(values['profile'] ?? '')}`;
  if (link.to === 'moderated') return `${house.url}/moderation/${encodeURIComponent(values['moderated'] ?? '')}`;
  if (link.to === 'old_accounts')
    return `${house.url}/applications/${encodeURIComponent(values['old_accounts'] ?? '')}/old-account`;
  if (link.to !== 'address') return `${house.url}${link.to}`;
  const address = values['address'] ?? '';
  return URL.canParse(address) && /^https?:$/u.test(new URL(address).protocol) ? new URL(address).href : house.url;
}

/** Where no more letters of a kind come from. */
const stopOf = (house: LetterHouse, values: Values): string =>
  `${house.url}/old-account/unsubscribe/${encodeURIComponent(values['stop'] ?? '')}`;

function contentOf(language: Language, house: LetterHouse, plan: Plan, values: Values): Content {
  const t = translator(language);
  const params: TextParams = {
    ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, shown(t, language, name, value)])),
    instance: house.name,
  };
  const body = plan.parts.flatMap((part): Paragraph[] => {
    if ('quote' in part) {
      const text = values[part.quote] ?? '';
      return text === '' ? [] : [{ text, quoted: true }];
    }
    const isLeftOut = part.unlessEmpty !== undefined && (values[part.unlessEmpty] ?? '') === '';
    return isLeftOut ? [] : [{ text: t(part.say, params), quoted: false }];
  });
  const { link } = plan;
  const [name, otherLabel] = link?.labelIfEmpty ?? [];
  const label = otherLabel !== undefined && (values[name ?? ''] ?? '') === '' ? otherLabel : link?.label;
  return {
    language,
    subject: t(plan.subject, params),
    body,
    link:
      link === undefined || label === undefined
        ? undefined
        : { href: hrefOf(link, house, values), label: t(label, params) },
    after: (plan.after ?? []).map((key) => t(key, params)),
    stop: plan.stop && { href: stopOf(house, values), label: t(plan.stop, params) },
    foot: [
      t(plan.why, params),
      ...(house.contact === '' ? [] : [t('mail.contact', { contact: house.contact })]),
      t('mail.automatic'),
    ],
  };
}

function textOf(house: LetterHouse, contents: readonly Content[]): string {
  const parts = contents.map(({ language, body, link, after, stop, foot }) => {
    const t = translator(language);
    const line = ({ label, href }: { label: string; href: string }) => `${t('mail.link_line', { label })}\n${href}`;
    const pieces = [
      ...body.map(({ text, quoted }) => (quoted ? text.replaceAll(/^/gmu, '> ') : text)),
      ...(link === undefined ? [] : [line(link)]),
      ...after,
      ...(stop === undefined ? [] : [line(stop)]),
    ];
    return { body: pieces.join('\n\n'), foot: foot.join('\n') };
  });
  const body = parts.map((part) => part.body).join('\n\n* * *\n\n');
  return `${body}\n\n--\n${house.name}\n${parts.map(({ foot }) => foot).join('\n\n')}\n`;
}

/** What a letter says in one of its languages. */
function Said({ content, isFirst }: { content: Content; isFirst: boolean }) {
  const { language, subject, body, link, after, stop, foot } = content;
  const t = translator(language);
  return (
    <section lang={language}>
      {isFirst ? <h1>{subject}</h1> : <h2>{subject}</h2>}
      {body.map(({ text, quoted }) => (quoted ? <blockquote>{text}</blockquote> : <p>{text}</p>))}
      {link && (
        <>
          <p>
            <a class="button" href={link.href}>
              {link.label}
            </a>
          </p>
          <p class="small">
            {t('mail.link_below')}
            <br />
            <span class="address">{link.href}</span>
          </p>
        </>
      )}
      {after.map((text) => (
        <p>{text}</p>
      ))}
      <hr />
      {stop && (
        <p class="small">
          <a href={stop.href}>{stop.label}</a>
        </p>
      )}
      {foot.map((text) => (
        <p class="small">{text}</p>
      ))}
    </section>
  );
}

function htmlOf(language: Language, house: LetterHouse, contents: readonly Content[]): string {
  const html = renderToString(
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>{contents[0]?.subject}</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <main>
          <p class="house">{house.name}</p>
          {contents.map((content, at) => (
            <Said key={content.language} content={content} isFirst={at === 0} />
          ))}
        </main>
      </body>
    </html>,
  );
  return `<!doctype html>\n${html}`;
}

/** Draws a letter of a kind with its values, as plain text and as HTML that needs nothing from elsewhere. */
export function drawLetter(language: Language, house: LetterHouse, kind: LetterName, values: Values): Drawn {
  const plan: Plan = PLANS[kind];
  const others = plan.inBoth === true ? languages.filter((other) => other !== language) : [];
  const contents = [language, ...others].map((one) => contentOf(one, house, plan, values));
  return {
    subject: contents[0]?.subject ?? '',
    text: textOf(house, contents),
    html: htmlOf(language, house, contents),
    ...(plan.stop === undefined ? {} : { unsubscribe: stopOf(house, values) }),
  };
}
