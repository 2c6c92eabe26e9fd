import { renderToString } from 'preact-render-to-string';
import { momentText } from '../parts/When.tsx';
import { translator, type Language, type TextKey, type TextParams, type Translate } from '../text.ts';
import { PLANS, type LetterName, type Plan } from './plans.ts';
import { STYLE } from './style.ts';

/** What a letter shows of the house. `url` is our public address, the beginning of every link; `contact` may be empty. */
export type LetterHouse = { readonly name: string; readonly url: string; readonly contact: string };

/** A letter in both its forms. */
export type Drawn = { readonly subject: string; readonly text: string; readonly html: string };

type Values = Readonly<Record<string, string>>;

/** One piece of a letter; `quoted`: in somebody's own words. */
type Paragraph = { readonly text: string; readonly quoted: boolean };

type Content = {
  readonly subject: string;
  readonly body: readonly Paragraph[];
  readonly link: { readonly href: string; readonly label: string } | undefined;
  readonly after: readonly string[];
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
  if (link.to !== 'address') return `${house.url}${link.to}`;
  const address = values['address'] ?? '';
  return URL.canParse(address) && /^https?:$/u.test(new URL(address).protocol) ? new URL(address).href : house.url;
}

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
    subject: t(plan.subject, params),
    body,
    link:
      link === undefined || label === undefined
        ? undefined
        : { href: hrefOf(link, house, values), label: t(label, params) },
    after: (plan.after ?? []).map((key) => t(key, params)),
    foot: [
      t(plan.why, params),
      ...(house.contact === '' ? [] : [t('mail.contact', { contact: house.contact })]),
      t('mail.automatic'),
    ],
  };
}

function textOf(t: Translate, house: LetterHouse, { body, link, after, foot }: Content): string {
  const pieces = [
    ...body.map(({ text, quoted }) => (quoted ? text.replaceAll(/^/gmu, '> ') : text)),
    ...(link === undefined ? [] : [`${t('mail.link_line', { label: link.label })}\n${link.href}`]),
    ...after,
    '--',
  ];
  return `${pieces.join('\n\n')}\n${[house.name, ...foot].join('\n')}\n`;
}

function htmlOf(language: Language, house: LetterHouse, content: Content): string {
  const { subject, body, link, after, foot } = content;
  const t = translator(language);
  const html = renderToString(
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <title>{subject}</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <main>
          <p class="house">{house.name}</p>
          <h1>{subject}</h1>
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
          {foot.map((text) => (
            <p class="small">{text}</p>
          ))}
        </main>
      </body>
    </html>,
  );
  return `<!doctype html>\n${html}`;
}

/** Draws a letter of a kind with its values, as plain text and as HTML that needs nothing from elsewhere. */
export function drawLetter(language: Language, house: LetterHouse, kind: LetterName, values: Values): Drawn {
  const content = contentOf(language, house, PLANS[kind], values);
  return {
    subject: content.subject,
    text: textOf(translator(language), house, content),
    html: htmlOf(language, house, content),
  };
}
