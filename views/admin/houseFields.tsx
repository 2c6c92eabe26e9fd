import type { ComponentChildren } from 'preact';
import type { Frame } from '../layout.tsx';
import { Checkbox, Checkboxes } from '../parts/Checkbox.tsx';
import { Facts } from '../parts/Facts.tsx';
import { Field } from '../parts/Field.tsx';
import { errorOf, valueOf } from '../parts/form.ts';
import { Given } from '../parts/Given.tsx';
import { PictureField } from '../parts/PictureField.tsx';
import { Radios } from '../parts/Radios.tsx';
import { Select } from '../parts/Select.tsx';
import { languageNames, languages, type TextKey } from '../text.ts';
import type { HouseData, HouseField } from './house.tsx';

export type Props = { frame: Frame; data: HouseData };

/** One setting: its field, or its value where the program was started with it. */
export function Setting({
  frame,
  data,
  name,
  label,
  children,
}: Props & { name: HouseField; label: TextKey; children: ComponentChildren }) {
  if (!data.given.includes(name)) return <>{children}</>;
  const value = data.shown[name] ?? valueOf(data.form, name);
  return <Given t={frame.t} label={frame.t(label)} value={value} setting={`ALUCO_${name.toUpperCase()}`} />;
}

/** Where the house is: what applications know it by, and what stands in front of it. */
export function AddressFields({ frame, data }: Props) {
  const { t } = frame;
  const { form, breaks } = data;
  return (
    <section class="panel" aria-labelledby="addresses">
      <h2 id="addresses">{t('admin.house.addresses')}</h2>
      <Setting frame={frame} data={data} name="url" label="admin.house.url">
        <Field
          t={t}
          form={form}
          name="url"
          label={t('admin.house.url')}
          hint={t('admin.house.url_hint')}
          type="url"
          inputMode="url"
          required
        />
      </Setting>
      <Setting frame={frame} data={data} name="alias_domain" label="admin.house.alias_domain">
        <Field
          t={t}
          form={form}
          name="alias_domain"
          label={t('admin.house.alias_domain')}
          hint={t('admin.house.alias_domain_hint')}
          autocomplete="off"
          inputMode="url"
          required
        />
      </Setting>
      {breaks !== undefined && (
        <div class="caution">
          {breaks.address && <p>{t('admin.house.breaks_address')}</p>}
          {breaks.domain && <p>{t('admin.house.breaks_domain')}</p>}
          <p>{t('admin.house.breaks_where')}</p>
          <ul class="steps">
            {breaks.applications.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
          <Checkbox t={t} form={form} name="confirm" label={t('admin.house.confirm')} />
        </div>
      )}
    </section>
  );
}

/** Which proxies are believed, and how this very request came. */
export function ProxyFields({ frame, data }: Props) {
  const { t } = frame;
  const { form, arrival } = data;
  return (
    <section class="panel" aria-labelledby="proxies">
      <h2 id="proxies">{t('admin.house.proxies')}</h2>
      <Setting frame={frame} data={data} name="trusted_proxies" label="admin.house.trusted_proxies">
        <Field
          t={t}
          form={form}
          name="trusted_proxies"
          label={t('admin.house.trusted_proxies')}
          hint={t('admin.house.trusted_proxies_hint')}
          autocomplete="off"
        />
      </Setting>
      <div class="reference">
        <p>{t('admin.house.arrival')}</p>
        <Facts
          t={t}
          facts={[
            { label: t('admin.house.arrival_peer'), value: arrival.peer },
            { label: 'X-Forwarded-For', value: arrival.forwarded || t('admin.house.given_empty') },
            { label: t('admin.house.arrival_address'), value: arrival.address },
          ]}
        />
        <p class="verdict">{arrival.verdict}</p>
      </div>
    </section>
  );
}

/** How the house shows itself. */
export function LookFields({ frame, data }: Props) {
  const { t } = frame;
  const { form } = data;
  return (
    <section class="panel" aria-labelledby="look">
      <h2 id="look">{t('admin.house.look')}</h2>
      <Setting frame={frame} data={data} name="name" label="admin.house.name">
        <Field t={t} form={form} name="name" label={t('admin.house.name')} />
      </Setting>
      <Setting frame={frame} data={data} name="logo" label="admin.house.logo">
        <PictureField
          t={t}
          form={form}
          label={t('admin.house.logo')}
          hint={t('admin.house.logo_hint')}
          accept="image/png,image/jpeg,image/webp,image/svg+xml"
          current={frame.instance.logoUrl}
          removeLabel={t('admin.house.logo_remove')}
        />
      </Setting>
      <Setting frame={frame} data={data} name="colour" label="admin.house.colour">
        <Field
          t={t}
          form={form}
          name="colour"
          label={t('admin.house.colour')}
          hint={t('admin.house.colour_hint')}
          autocomplete="off"
          size="short"
        />
      </Setting>
    </section>
  );
}

/** What people are told at the foot of every page. */
export function PeopleFields({ frame, data }: Props) {
  const { t } = frame;
  const { form } = data;
  return (
    <section class="panel" aria-labelledby="told">
      <h2 id="told">{t('admin.house.told')}</h2>
      <Setting frame={frame} data={data} name="contact" label="admin.house.contact">
        <Field t={t} form={form} name="contact" label={t('admin.house.contact')} hint={t('admin.house.contact_hint')} />
      </Setting>
      <Setting frame={frame} data={data} name="rules_url" label="admin.house.rules">
        <Field t={t} form={form} name="rules_url" label={t('admin.house.rules')} type="url" inputMode="url" />
      </Setting>
      <Setting frame={frame} data={data} name="privacy_url" label="admin.house.privacy">
        <Field t={t} form={form} name="privacy_url" label={t('admin.house.privacy')} type="url" inputMode="url" />
      </Setting>
    </section>
  );
}

/** The languages of the pages. */
export function LanguageFields({ frame, data }: Props) {
  const { t } = frame;
  const { form, offered } = data;
  return (
    <section class="panel" aria-labelledby="languages-heading">
      <h2 id="languages-heading">{t('admin.house.languages')}</h2>
      <Setting frame={frame} data={data} name="languages" label="admin.house.offered">
        <Checkboxes
          t={t}
          name="languages"
          legend={t('admin.house.offered')}
          error={errorOf(form, 'languages')}
          options={languages.map((value) => ({
            value,
            label: languageNames[value],
            checked: offered.includes(value),
          }))}
        />
      </Setting>
      <Setting frame={frame} data={data} name="language" label="admin.house.language">
        <Radios
          t={t}
          form={form}
          name="language"
          legend={t('admin.house.language')}
          hint={t('admin.house.language_hint')}
          options={languages.map((value) => ({ value, label: languageNames[value] }))}
        />
      </Setting>
    </section>
  );
}

/** How long it is remembered who came from where. */
export function RegisterFields({ frame, data }: Props) {
  const { t } = frame;
  return (
    <section class="panel" aria-labelledby="register">
      <h2 id="register">{t('admin.house.register')}</h2>
      <Setting frame={frame} data={data} name="connection_months" label="admin.house.months">
        <Select
          t={t}
          form={data.form}
          name="connection_months"
          label={t('admin.house.months')}
          hint={t('admin.house.months_hint')}
          required
          options={Array.from({ length: 13 }, (_, months) => ({
            value: String(months),
            label: t('admin.house.months_value', { months }),
          }))}
        />
      </Setting>
    </section>
  );
}
