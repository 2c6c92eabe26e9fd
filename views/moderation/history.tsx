import type { Frame } from '../layout.tsx';
import { Said } from '../parts/Said.tsx';
import { momentText, When } from '../parts/When.tsx';
import { sentenceOf, type Translate } from '../text.ts';

/** Something that happened to a profile. `by`: who decided, for their colleagues; left out otherwise. */
export type ShownEntry = {
  readonly id: string;
  readonly kind: string;
  /** An ISO date. */
  readonly day: string;
  readonly by?: string | undefined;
  readonly reason?: { readonly fr: string; readonly en: string } | undefined;
  readonly words?: string | undefined;
  readonly detail?: Readonly<Record<string, string>> | undefined;
};

/** What happened, in a sentence. */
export function entryText(frame: Frame, { kind, detail = {} }: ShownEntry): string {
  const { t, language } = frame;
  const until = detail['until'] ?? '';
  if (kind === 'blocked' && until !== '') return t('happened.blocked_until', { day: momentText(language, until) });
  if (kind === 'renamed' && detail['after'] !== undefined)
    return t('happened.renamed_by', { before: detail['before'] ?? '', after: detail['after'] });
  if (kind === 'barred') return barText(t, detail);
  return sentenceOf(t, `happened.${kind}`, { quota: detail['quota'] ?? '' });
}

function barText(t: Translate, detail: Readonly<Record<string, string>>): string {
  if (detail['others'] !== 'yes') return t('happened.barred_new');
  return t(detail['noNew'] === 'yes' ? 'happened.barred_both' : 'happened.barred_others');
}

/** What happened, with its day, its reason and what was written. */
export function Entry({ frame, entry }: { frame: Frame; entry: ShownEntry }) {
  const { t, language } = frame;
  const { day, by, reason, words } = entry;
  return (
    <>
      <p class="row-title">{entryText(frame, entry)}</p>
      <p class="hint">
        <When language={language} at={day} />
        {by !== undefined && ` · ${t('happened.by', { login: by })}`}
        {reason !== undefined && ` · ${reason[language]}`}
      </p>
      {words !== undefined && words !== '' && <Said label={t('happened.words')} words={words} />}
    </>
  );
}
