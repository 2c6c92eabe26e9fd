import type { Frame } from '../layout.tsx';
import type { TextKey } from '../text.ts';

/** The application whose profiles are looked after. */
export type Moderated = { readonly id: string; readonly name: string };

const PLACES = [
  ['', 'moderation.place.requests'],
  ['/profiles', 'moderation.place.profiles'],
  ['/appeals', 'moderation.place.appeals'],
  ['/exceptions', 'moderation.place.exceptions'],
  ['/invitations', 'moderation.place.invitations'],
  ['/moderators', 'moderation.place.moderators'],
  ['/rules', 'moderation.place.rules'],
  ['/log', 'moderation.place.log'],
  ['/digest', 'moderation.place.digest'],
] as const satisfies readonly (readonly [string, TextKey])[];

export type Place = (typeof PLACES)[number][0];

/** The way back to all applications, and to all that concerns this one. `here`: where the page belongs. */
export function Places({ frame, application, here }: { frame: Frame; application: Moderated; here: Place }) {
  const { t } = frame;
  return (
    <>
      <p class="crumb">
        <a href="/moderation">{t('moderation.title')}</a>
      </p>
      <nav class="places" aria-label={t('moderation.places', { application: application.name })}>
        <ul>
          {PLACES.map(([path, text]) => (
            <li key={path}>
              <a href={`/moderation/${application.id}${path}`} aria-current={path === here ? 'page' : undefined}>
                {t(text)}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </>
  );
}
