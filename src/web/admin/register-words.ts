import type { Fact } from '../../../views/parts/Facts.tsx';
import { momentText } from '../../../views/parts/When.tsx';
import type { Language, Translate } from '../../../views/text.ts';
import type { RegisterContent, Unsealed } from '../../register/register.ts';

type Asked = {
  readonly wanted: readonly Unsealed[];
  readonly application: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

/** What is asked to see, in words. */
export function unsealedText(
  t: Translate,
  language: Language,
  { wanted, application, from = '', to = '' }: Asked,
): string {
  const words: Readonly<Record<Unsealed, () => string>> = {
    login: () => t('admin.unsealing.login'),
    mailbox: () => t('admin.unsealing.mailbox'),
    here: () => t('admin.unsealing.here', { application }),
    everywhere: () => t('admin.unsealing.everywhere'),
    connections: () =>
      `${t('admin.unsealing.connections')} (${momentText(language, from)} – ${momentText(language, to)})`,
  };
  return wanted.map((item) => words[item]()).join('; ');
}

/** When the person is told, in words. `days`: the usual delay. */
export function tellingText(
  t: Translate,
  language: Language,
  { telling, tellDay = '' }: { readonly telling: 'usual' | 'later' | 'never'; readonly tellDay?: string | undefined },
  days: number,
): string {
  if (telling === 'never') return t('admin.unsealing.tell_never');
  return telling === 'later' ? momentText(language, tellDay) : t('admin.unsealing.tell_usual', { days });
}

type Told = readonly (readonly [label: string, value: string | undefined])[];

type Words = { readonly t: Translate; readonly language: Language; readonly days: number };

type Content<K extends RegisterContent['kind']> = Extract<RegisterContent, { kind: K }>;

const dayText = (language: Language, day: string | undefined): string | undefined =>
  day === undefined ? undefined : momentText(language, day);

function askedFacts({ t, language, days }: Words, content: Content<'unsealing_asked'>): Told {
  const { application, profile, reference, reason } = content;
  return [
    [t('admin.cases.profile'), t('admin.cases.one', { profile, application })],
    [t('admin.unsealing.wanted'), unsealedText(t, language, content)],
    [t('admin.unsealing.reference'), reference],
    [t('admin.unsealing.reason'), reason],
    [t('admin.unsealing.telling'), tellingText(t, language, content, days)],
  ];
}

function requestFacts({ t, language }: Words, content: Content<'authority_request'>): Told {
  const { authority, basis, asked, received, deadline } = content;
  return [
    [t('admin.register.authority'), authority],
    [t('admin.register.basis'), basis],
    [t('admin.register.asked'), asked],
    [t('admin.register.received'), dayText(language, received)],
    [t('admin.register.deadline'), dayText(language, deadline)],
  ];
}

function answerFacts({ t, language }: Words, { answer, words, answered }: Content<'authority_answer'>): Told {
  return [
    [t('admin.register.answer'), t(`admin.register.answer.${answer}`)],
    [t('admin.register.words'), words],
    [t('admin.register.answered'), dayText(language, answered)],
  ];
}

function ownFacts(words: Words, content: RegisterContent): Told {
  const { t } = words;
  if (content.kind === 'unsealing_asked') return askedFacts(words, content);
  if (content.kind === 'unsealing_declined') return [[t('admin.register.words'), content.words]];
  if (content.kind === 'unsealing_untold') return [[t('admin.register.why'), t(`admin.register.why_${content.why}`)]];
  if (content.kind === 'authority_request') return requestFacts(words, content);
  return content.kind === 'authority_answer' ? answerFacts(words, content) : [];
}

/** What an entry of the register says, as names and values. `days`: the usual delay before a person is told. */
export function registerFacts(t: Translate, language: Language, content: RegisterContent, days: number): Fact[] {
  const facts: Told = [
    [t('admin.register.request'), 'request' in content ? String(content.request) : undefined],
    [t('admin.register.by'), 'by' in content ? content.by : undefined],
    ...ownFacts({ t, language, days }, content),
    [t('admin.register.since'), 'since' in content ? dayText(language, content.since) : undefined],
    [t('admin.register.appointed'), 'appointedBy' in content ? content.appointedBy : undefined],
  ];
  return facts.flatMap(([label, value]) => (value === undefined || value === '' ? [] : { label, value }));
}
