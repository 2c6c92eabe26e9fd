import type { Language } from '../text.ts';

/** A day (YYYY-MM-DD), a month (YYYY-MM) or an instant in milliseconds. */
export type Moment = string | number;

/** A moment in words, in UTC; the script shows instants in the time of the reader's own clock. */
export function When({ language, at }: { language: Language; at: Moment }) {
  if (typeof at === 'string') return <time dateTime={at}>{momentText(language, at)}</time>;
  return (
    <time dateTime={new Date(at).toISOString()} data-instant>
      {momentText(language, at)}
    </time>
  );
}

/** The same without markup, for use inside a sentence. */
export function momentText(language: Language, at: Moment): string {
  if (typeof at === 'number') {
    return format(language, at, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }) + ' UTC';
  }
  if (!/^\d{4}-\d{2}(-\d{2})?$/.test(at) || Number.isNaN(Date.parse(at))) return at;
  const day = at.length > 7 ? ({ day: 'numeric' } as const) : {};
  return format(language, Date.parse(at), { ...day, month: 'long', year: 'numeric', timeZone: 'UTC' });
}

function format(language: Language, at: number, options: Intl.DateTimeFormatOptions): string {
  const text = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, options).format(at);
  return language === 'fr' ? text.replace(/^1 /, '1er ') : text;
}
