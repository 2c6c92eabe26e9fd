import type { Frame } from '../layout.tsx';
import type { TextKey } from '../text.ts';

const PLACES = [
  ['/admin/cases', 'admin.cases.title'],
  ['/admin/unsealing', 'admin.unsealing.title'],
  ['/admin/register', 'admin.register.title'],
] as const satisfies readonly (readonly [string, TextKey])[];

/** The ways between what moderators refer, what is looked at behind profiles, and the register of it. */
export function Desk({ frame, here }: { frame: Frame; here: (typeof PLACES)[number][0] }) {
  const { t } = frame;
  return (
    <nav class="places" aria-label={t('admin.desk')}>
      <ul>
        {PLACES.map(([href, text]) => (
          <li key={href}>
            <a href={href} aria-current={href === here ? 'page' : undefined}>
              {t(text)}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The ways to the page before and the next, where there are any. */
export function Turning({
  frame,
  previous,
  next,
}: {
  frame: Frame;
  previous?: string | undefined;
  next?: string | undefined;
}) {
  const { t } = frame;
  if ((previous ?? next) === undefined) return null;
  return (
    <nav class="pages" aria-label={t('admin.requests.pages')}>
      {previous !== undefined && <a href={previous}>{t('admin.requests.previous')}</a>}
      {next !== undefined && <a href={next}>{t('admin.requests.next')}</a>}
    </nav>
  );
}
