import { Checkbox } from '../parts/Checkbox.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { Radios } from '../parts/Radios.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import type { Translate } from '../text.ts';

type Props = { t: Translate; form: Form };

/** What administrators call it. */
export function NameFields({ t, form, fromMetadata = false }: Props & { fromMetadata?: boolean }) {
  return (
    <section class="panel" aria-labelledby="name">
      <h2 id="name">{t('admin.provider.name')}</h2>
      <Field
        t={t}
        form={form}
        name="label"
        label={t('admin.client.label')}
        hint={t(fromMetadata ? 'admin.provider.label_hint' : 'admin.client.label_hint')}
        required={!fromMetadata}
      />
    </section>
  );
}

/** What metadata would say, where there is none. */
export function HandFields({ t, form }: Props) {
  return (
    <section class="panel" aria-labelledby="hand">
      <h2 id="hand">{t('admin.provider.hand')}</h2>
      <Field
        t={t}
        form={form}
        name="entityId"
        label={t('admin.saml.entity_id')}
        hint={t('admin.provider.entity_id_hint')}
        autocomplete="off"
        required
      />
      <TextArea
        t={t}
        form={form}
        name="consumers"
        label={t('admin.provider.consumers')}
        hint={t('admin.provider.consumers_hint')}
        code
        required
      />
      <Field
        t={t}
        form={form}
        name="logout"
        label={t('admin.provider.logout')}
        hint={t('admin.provider.logout_hint')}
        type="url"
        inputMode="url"
      />
      <Radios
        t={t}
        form={form}
        name="logoutBinding"
        legend={t('admin.provider.logout_binding')}
        options={[
          { value: 'redirect', label: 'HTTP-Redirect' },
          { value: 'post', label: 'HTTP-POST' },
        ]}
      />
      <TextArea
        t={t}
        form={form}
        name="signingCertificates"
        label={t('admin.provider.signing')}
        hint={t('admin.provider.signing_hint')}
        code
      />
      <TextArea
        t={t}
        form={form}
        name="encryptionCertificates"
        label={t('admin.provider.encryption')}
        hint={t('admin.provider.encryption_hint')}
        code
      />
    </section>
  );
}

/** What it asks with. */
export function RequestFields({ t, form }: Props) {
  return (
    <section class="panel" aria-labelledby="requests">
      <h2 id="requests">{t('admin.provider.requests')}</h2>
      <Checkbox
        t={t}
        form={form}
        name="signedRequests"
        label={t('admin.provider.signed')}
        hint={t('admin.provider.signed_hint')}
      />
      <Checkbox
        t={t}
        form={form}
        name="unsolicited"
        label={t('admin.provider.unsolicited')}
        hint={t('admin.provider.unsolicited_hint')}
      />
      <div class="when-unsolicited">
        <Field
          t={t}
          form={form}
          name="unsolicitedState"
          label={t('admin.provider.state')}
          hint={t('admin.provider.state_hint')}
          autocomplete="off"
        />
      </div>
    </section>
  );
}

/** What it is answered with. */
export function AnswerFields({ t, form }: Props) {
  return (
    <section class="panel" aria-labelledby="answers">
      <h2 id="answers">{t('admin.provider.answers')}</h2>
      <Radios
        t={t}
        form={form}
        name="nameId"
        legend="NameID"
        options={[
          {
            value: 'persistent',
            label: t('admin.provider.name_persistent'),
            hint: t('admin.provider.name_persistent_hint'),
          },
          { value: 'emailAddress', label: t('admin.provider.name_email'), hint: t('admin.provider.name_email_hint') },
          {
            value: 'unspecified',
            label: t('admin.provider.name_profile'),
            hint: t('admin.provider.name_profile_hint'),
          },
          {
            value: 'transient',
            label: t('admin.provider.name_transient'),
            hint: t('admin.provider.name_transient_hint'),
          },
        ]}
      />
      <Checkbox
        t={t}
        form={form}
        name="nameIdFixed"
        label={t('admin.provider.fixed')}
        hint={t('admin.provider.fixed_hint')}
      />
      <Radios
        t={t}
        form={form}
        name="attributes"
        legend={t('admin.provider.attributes')}
        options={[
          { value: 'basic', label: t('admin.provider.attributes_basic'), hint: 'uid, email, displayName' },
          { value: 'oid', label: t('admin.provider.attributes_oid'), hint: 'urn:oid:0.9.2342.19200300.100.1.3' },
          { value: 'both', label: t('admin.provider.attributes_both') },
        ]}
      />
      <Radios
        t={t}
        form={form}
        name="subjectAttribute"
        legend={t('admin.provider.identifier')}
        hint={t('admin.provider.identifier_hint')}
        options={[
          { value: 'none', label: t('admin.provider.identifier_none') },
          { value: 'pairwise-id', label: 'pairwise-id' },
          { value: 'subject-id', label: 'subject-id' },
        ]}
      />
      <Checkbox
        t={t}
        form={form}
        name="encrypt"
        label={t('admin.provider.encrypt')}
        hint={t('admin.provider.encrypt_hint')}
      />
    </section>
  );
}
