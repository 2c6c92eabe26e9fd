import { Choice } from '../parts/Choice.tsx';
import { Choices } from '../parts/Choices.tsx';
import { errorOf, type Form } from '../parts/form.ts';
import { Monogram } from '../parts/Monogram.tsx';
import { momentText } from '../parts/When.tsx';
import type { Language, Translate } from '../text.ts';

/** A profile that may be picked, or whose `status` (translated) says why it may not. */
export type PickableProfile = {
  readonly id: string;
  readonly name: string;
  readonly note?: string | undefined;
  readonly lastUsedDay?: string | undefined;
  readonly preselected: boolean;
  readonly selectable: boolean;
  readonly status?: string | undefined;
};

type One = { t: Translate; language: Language; profile: PickableProfile };
type Several = { t: Translate; language: Language; profiles: readonly PickableProfile[]; form: Form };

/** The only profile, large. */
export function ProfileLarge({ t, language, profile }: One) {
  return (
    <div class="profile-large">
      <Monogram name={profile.name} large />
      <p>
        <strong>{profile.name}</strong>
        <span class="hint">{aboutProfile(t, language, profile)}</span>
      </p>
    </div>
  );
}

/** One card for each profile. */
export function ProfileCards({ t, language, profiles, form }: Several) {
  if (profiles.length === 0) return <p class="lead">{t('pick.none')}</p>;
  const error = errorOf(form, 'profile');
  return (
    <Choices t={t} id="profile" legend={t('pick.legend')} legendUnseen error={error}>
      {profiles.map((profile, index) => (
        <Choice
          key={profile.id}
          card
          type="radio"
          id={index === 0 ? 'profile' : `profile-${index}`}
          name="profile"
          value={profile.id}
          label={
            <>
              <Monogram name={profile.name} />
              <span class="profile-name">{profile.name}</span>
            </>
          }
          hint={aboutProfile(t, language, profile)}
          checked={profile.preselected && profile.selectable}
          disabled={!profile.selectable}
        />
      ))}
    </Choices>
  );
}

function aboutProfile(t: Translate, language: Language, profile: PickableProfile): string | undefined {
  const { note, lastUsedDay, selectable, status } = profile;
  const used = lastUsedDay === undefined ? [] : t('pick.last_used', { day: momentText(language, lastUsedDay) });
  const parts = [selectable ? [] : (status ?? []), note === undefined || note === '' ? [] : note, used].flat();
  return parts.length > 0 ? parts.join(' · ') : undefined;
}
