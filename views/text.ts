import { IntlMessageFormat } from 'intl-messageformat';
import en from './locales/en.json' with { type: 'json' };
import fr from './locales/fr.json' with { type: 'json' };

/** The languages every page exists in, the first being the default. */
export const languages = ['fr', 'en'] as const;
export type Language = (typeof languages)[number];

/** Each language in its own words, for the language form. */
export const languageNames: Readonly<Record<Language, string>> = { fr: 'Français', en: 'English' };

export type TextKey = keyof typeof en;
export type TextParams = Readonly<Record<string, string | number>>;
export type Translate = (key: TextKey, params?: TextParams) => string;

const sentences: Readonly<Record<Language, Readonly<Record<TextKey, string>>>> = { fr, en };
const made = new Map<Language, Translate>();

/** The translator of one language; made once, and each sentence compiled once. Throws when a parameter is missing. */
export function translator(language: Language): Translate {
  const known = made.get(language);
  if (known) return known;
  const compiled = new Map<TextKey, IntlMessageFormat>();
  const translate: Translate = (key, params) => {
    let message = compiled.get(key);
    if (!message) {
      message = new IntlMessageFormat(sentences[language][key], language, undefined, { ignoreTag: true });
      compiled.set(key, message);
    }
    return String(message.format(params));
  };
  made.set(language, translate);
  return translate;
}

/** The sentence for the code of a UserError; an unknown code, or one without its parameters, reads as an internal error. */
export function messageFor(t: Translate, code: string, params: TextParams = {}): string {
  const key = `error.${code}`;
  if (!isKey(key)) return t('error.internal');
  try {
    return t(key, params);
  } catch {
    return t('error.internal');
  }
}

/** The sentence of a key that a table holds as text; where there is none, the key itself. */
export function sentenceOf(t: Translate, key: string, params: TextParams = {}): string {
  return isKey(key) ? t(key, params) : key;
}

function isKey(key: string): key is TextKey {
  return Object.hasOwn(en, key);
}
