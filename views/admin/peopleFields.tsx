import { Checkbox } from '../parts/Checkbox.tsx';
import { valueOf, type Form } from '../parts/form.ts';
import { Hidden } from '../parts/Hidden.tsx';
import { Radios } from '../parts/Radios.tsx';
import type { Translate } from '../text.ts';

/**
 * Whether people use the application already. Fields: people (none, awaited, not-by-name, and imported where it is so),
 * peopleConfirmed (on), peopleBefore (hidden: what was the answer when the page was shown). Nothing is chosen beforehand for a new application: a wrong answer gives accounts away.
 */
export function PeopleFields({ t, form }: { t: Translate; form: Form }) {
  const imported = { value: 'imported', label: t('admin.people.imported') };
  return (
    <section class="panel" aria-labelledby="already">
      <h2 id="already">{t('admin.people.title')}</h2>
      <p>{t('admin.people.what')}</p>
      <Hidden fields={[{ name: 'peopleBefore', value: valueOf(form, 'peopleBefore') }]} />
      <Radios
        t={t}
        form={form}
        name="people"
        legend={t('admin.people.question')}
        options={[
          { value: 'none', label: t('admin.people.none') },
          { value: 'awaited', label: t('admin.people.awaited'), hint: t('admin.people.awaited_hint') },
          ...(valueOf(form, 'people') === 'imported' ? [imported] : []),
          { value: 'not-by-name', label: t('admin.people.not_by_name'), hint: t('admin.people.not_by_name_hint') },
        ]}
      />
      <div class="when-not-by-name">
        <p class="caution">{t('admin.people.danger')}</p>
        <Checkbox t={t} form={form} name="peopleConfirmed" label={t('admin.people.confirm')} />
      </div>
    </section>
  );
}

/** What to do while nobody can create a profile, for the administrator who wonders why. */
export function PeopleAwaited({ t, oldAccountsUrl }: { t: Translate; oldAccountsUrl?: string | undefined }) {
  return (
    <section class="panel lone marked" aria-labelledby="awaited">
      <h2 id="awaited">{t('admin.people.awaited_title')}</h2>
      <p>{t('admin.people.awaited_what')}</p>
      <ul class="points">
        <li>{t('admin.people.awaited_import')}</li>
        <li>{t('admin.people.awaited_confirm')}</li>
      </ul>
      {oldAccountsUrl !== undefined && (
        <p>
          <a href={oldAccountsUrl}>{t('admin.application.old_open')}</a>
        </p>
      )}
      <p>
        <a href="#people">{t('admin.people.awaited_link')}</a>
      </p>
    </section>
  );
}
