import { Field } from '../parts/Field.tsx';
import { FileField } from '../parts/FileField.tsx';
import type { Form } from '../parts/form.ts';
import { Radios } from '../parts/Radios.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import type { Translate } from '../text.ts';

/** Fields: source (url, paste, file), then metadataUrl, metadata or metadataFile; keys. */
export function MetadataFields({ t, form }: { t: Translate; form: Form }) {
  return (
    <>
      <Radios
        t={t}
        form={form}
        name="source"
        legend={t('admin.provider.source')}
        options={[
          { value: 'url', label: t('admin.provider.source_url'), hint: t('admin.provider.source_url_hint') },
          { value: 'paste', label: t('admin.provider.source_paste') },
          { value: 'file', label: t('admin.provider.source_file') },
        ]}
      />
      <div class="when-url">
        <Field
          t={t}
          form={form}
          name="metadataUrl"
          label={t('admin.provider.metadata_url')}
          type="url"
          inputMode="url"
          required
        />
      </div>
      <div class="when-paste">
        <TextArea t={t} form={form} name="metadata" label={t('admin.provider.metadata_xml')} rows={8} code required />
      </div>
      <div class="when-file">
        <FileField
          t={t}
          form={form}
          name="metadataFile"
          label={t('admin.provider.metadata_file')}
          hint={t('admin.provider.metadata_file_hint')}
          accept=".xml,application/samlmetadata+xml,application/xml,text/xml"
          required
        />
      </div>
      <TextArea
        t={t}
        form={form}
        name="keys"
        label={t('admin.provider.keys')}
        hint={t('admin.provider.keys_hint')}
        code
      />
    </>
  );
}
