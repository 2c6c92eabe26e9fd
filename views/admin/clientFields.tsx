import { Checkbox } from '../parts/Checkbox.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Radios } from '../parts/Radios.tsx';
import { Select } from '../parts/Select.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import type { Translate } from '../text.ts';

type Props = { t: Translate; form: Form };

/** What it is called and where people are sent back to. */
export function RedirectFields({ t, form }: Props) {
  return (
    <section class="panel" aria-labelledby="addresses">
      <h2 id="addresses">{t('admin.client.addresses')}</h2>
      <Field
        t={t}
        form={form}
        name="label"
        label={t('admin.client.label')}
        hint={t('admin.client.label_hint')}
        required
      />
      <TextArea
        t={t}
        form={form}
        name="redirectUris"
        label={t('admin.client.redirects')}
        hint={t('admin.client.redirects_hint')}
        code
        required
      />
      <TextArea
        t={t}
        form={form}
        name="postLogoutRedirectUris"
        label={t('admin.client.post_logout')}
        hint={t('admin.client.one_per_line')}
        code
      />
      <Checkbox
        t={t}
        form={form}
        name="logoutByAddress"
        label={t('admin.client.by_address')}
        hint={t('admin.client.by_address_hint')}
      />
      <Field
        t={t}
        form={form}
        name="backchannelLogoutUri"
        label={t('admin.client.backchannel')}
        hint={t('admin.client.backchannel_hint')}
        type="url"
        inputMode="url"
      />
    </section>
  );
}

/** How the client proves that it is itself. */
export function AuthenticationFields({ t, form }: Props) {
  return (
    <section class="panel" aria-labelledby="authentication">
      <h2 id="authentication">{t('admin.client.authentication')}</h2>
      <Radios
        t={t}
        form={form}
        name="authMethod"
        legend={t('admin.client.method')}
        options={[
          { value: 'client_secret_basic', label: 'client_secret_basic', hint: t('admin.client.method_basic') },
          { value: 'client_secret_post', label: 'client_secret_post', hint: t('admin.client.method_post') },
          { value: 'private_key_jwt', label: 'private_key_jwt', hint: t('admin.client.method_key') },
          { value: 'none', label: 'none', hint: t('admin.client.method_none') },
        ]}
      />
      <div class="when-key">
        <Field
          t={t}
          form={form}
          name="jwksUri"
          label={t('admin.client.jwks_uri')}
          hint={t('admin.client.jwks_hint')}
          type="url"
          inputMode="url"
        />
        <TextArea
          t={t}
          form={form}
          name="jwks"
          label={t('admin.client.jwks')}
          hint={t('admin.client.jwks_hint')}
          code
        />
      </div>
      <Checkbox
        t={t}
        form={form}
        name="tolerateDoubleCredentials"
        label={t('admin.client.double')}
        hint={t('admin.client.double_hint')}
      />
    </section>
  );
}

/** What the tokens look like and how long they may live. */
export function TokenFields({ t, form }: Props) {
  return (
    <section class="panel" aria-labelledby="tokens">
      <h2 id="tokens">{t('admin.client.tokens')}</h2>
      <Radios
        t={t}
        form={form}
        name="pkce"
        legend="PKCE"
        options={[
          { value: 'required', label: t('admin.client.pkce_required') },
          { value: 'optional', label: t('admin.client.pkce_optional'), hint: t('admin.client.pkce_optional_hint') },
        ]}
      />
      <Select
        t={t}
        form={form}
        name="idTokenAlg"
        label={t('admin.client.algorithm')}
        hint={t('admin.client.algorithm_hint')}
        required
        options={['RS256', 'ES256', 'EdDSA'].map((value) => ({ value, label: value }))}
      />
      <Checkbox
        t={t}
        form={form}
        name="refreshTokens"
        label={t('admin.client.refresh')}
        hint={t('admin.client.refresh_hint')}
      />
    </section>
  );
}
