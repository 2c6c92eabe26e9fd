import type { Translate } from '../text.ts';
import { Field } from './Field.tsx';
import type { Form } from './form.ts';
import { Radios } from './Radios.tsx';

/** Who may create profiles, in the order from the most open to the most closed. */
export const POLICY_ORDER = ['open', 'further-approved', 'approved', 'account-name', 'invited', 'closed'] as const;

/** How profiles come about, and how many each person may have. Fields: policy, quota. */
export function PolicyFields({ t, form }: { t: Translate; form: Form }) {
  return (
    <>
      <Radios
        t={t}
        form={form}
        name="policy"
        legend={t('policy.legend')}
        options={POLICY_ORDER.map((policy) => ({
          value: policy,
          label: t(`policy.${policy}`),
          hint: t(`policy.what.${policy}`),
        }))}
      />
      <Field
        t={t}
        form={form}
        name="quota"
        label={t('admin.application.quota')}
        hint={t('admin.application.quota_hint')}
        inputMode="numeric"
        autocomplete="off"
        size="short"
        required
      />
    </>
  );
}
