import type { ApplicationLabel } from '../parts/Application.tsx';
import type { Language, Translate } from '../text.ts';

type Props = { t: Translate; language: Language; application: ApplicationLabel; receives: readonly string[] };

/** One line on what the application is told. */
export function Receives({ t, language, application, receives }: Props) {
  if (receives.length === 0) return null;
  const list = new Intl.ListFormat(language, { type: 'conjunction' }).format(receives);
  return <p class="receives">{t('receives.line', { application: application.name, list })}</p>;
}
