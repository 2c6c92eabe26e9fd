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

/** What an entry of the register says, as names and values. */
export function registerFacts(t: Translate, language: Language, content: RegisterContent, days: number): Fact[] {
  const day = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : momentText(language, text);
  const facts: [string, string | undefined][] = [
    [t('admin.register.request'), 'request' in content ? String(content.request) : undefined],
    [t('admin.register.by'), 'by' in content ? content.by : undefined],
  ];
  switch (content.kind) {
    case 'unsealing_asked':
      facts.push(
        [
          t('admin.cases.profile'),
          t('admin.cases.one', { profile: content.profile, application: content.application }),
        ],
        [t('admin.unsealing.wanted'), unsealedText(t, language, content)],
        [t('admin.unsealing.reference'), content.reference],
        [t('admin.unsealing.reason'), content.reason],
        [t('admin.unsealing.telling'), tellingText(t, language, content, days)],
        [t('admin.register.since'), day(content.since)],
        [t('admin.register.appointed'), content.appointedBy],
      );
      break;
    case 'unsealing_confirmed':
      facts.push([t('admin.register.since'), day(content.since)], [t('admin.register.appointed'), content.appointedBy]);
      break;
    case 'unsealing_declined':
      facts.push([t('admin.register.words'), content.words]);
      break;
    case 'unsealing_untold':
      facts.push([t('admin.register.why'), t(`admin.register.why_${content.why}`)]);
      break;
    case 'authority_request':
      facts.push(
        [t('admin.register.authority'), content.authority],
        [t('admin.register.basis'), content.basis],
        [t('admin.register.asked'), content.asked],
        [t('admin.register.received'), day(content.received)],
        [t('admin.register.deadline'), day(content.deadline)],
      );
      break;
    case 'authority_answer':
      facts.push(
        [t('admin.register.answer'), t(`admin.register.answer.${content.answer}`)],
        [t('admin.register.words'), content.words],
        [t('admin.register.answered'), day(content.answered)],
      );
      break;
    case 'unsealing_withdrawn':
    case 'unsealing_lapsed':
    case 'unsealing_shown':
    case 'unsealing_told':
      break;
  }
  return facts.flatMap(([label, value]) => (value === undefined || value === '' ? [] : { label, value }));
}
