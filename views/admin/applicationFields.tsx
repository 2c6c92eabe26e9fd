import { Checkbox, Checkboxes } from '../parts/Checkbox.tsx';
import { Field } from '../parts/Field.tsx';
import { errorOf, valueOf, type Form } from '../parts/form.ts';
import { Hidden } from '../parts/Hidden.tsx';
import { PolicyFields } from '../parts/PolicyFields.tsx';
import { Radios } from '../parts/Radios.tsx';
import { Select, type Option } from '../parts/Select.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import type { Translate } from '../text.ts';

type Props = { t: Translate; form: Form };
type Groups = readonly { readonly id: string; readonly name: string; readonly checked: boolean }[];

/** Who may enter, how profiles come about, and how many. */
export function EntryFields({ t, form, groups }: Props & { groups: Groups }) {
  return (
    <section class="panel" aria-labelledby="entry-heading">
      <h2 id="entry-heading">{t('admin.application.people')}</h2>
      <Radios
        t={t}
        form={form}
        name="entry"
        legend={t('admin.application.entry')}
        options={[
          {
            value: 'nobody',
            label: t('admin.application.entry_nobody'),
            hint: t('admin.application.entry_nobody_hint'),
          },
          { value: 'everyone', label: t('admin.application.entry_everyone') },
          { value: 'groups', label: t('admin.application.entry_groups') },
        ]}
      />
      <div class="when-groups">
        {groups.length === 0 ? (
          <p class="hint">{t('admin.application.groups_none')}</p>
        ) : (
          <Checkboxes
            t={t}
            name="group"
            legend={t('admin.application.groups')}
            hint={t('admin.application.groups_hint')}
            error={errorOf(form, 'group')}
            options={groups.map(({ id, name, checked }) => ({ value: id, label: name, checked }))}
          />
        )}
      </div>
      <Checkbox
        t={t}
        form={form}
        name="secondFactor"
        label={t('admin.application.factor')}
        hint={t('admin.application.factor_hint')}
      />
      <PolicyFields t={t} form={form} />
      <Checkbox
        t={t}
        form={form}
        name="rulesLocked"
        label={t('admin.application.rules_locked')}
        hint={t('admin.application.rules_locked_hint')}
      />
      <Hidden fields={[{ name: 'rulesMark', value: valueOf(form, 'rulesMark') }]} />
    </section>
  );
}

/** How requests for profiles are dealt with. */
export function ModerationFields({ t, form }: Props) {
  return (
    <section class="panel" aria-labelledby="moderation-heading">
      <h2 id="moderation-heading">{t('admin.application.moderation')}</h2>
      <Checkbox
        t={t}
        form={form}
        name="urgentAtOnce"
        label={t('admin.application.urgent')}
        hint={t('admin.application.urgent_hint')}
      />
      <Field
        t={t}
        form={form}
        name="overdueDays"
        label={t('admin.application.overdue')}
        hint={t('admin.application.overdue_hint')}
        inputMode="numeric"
        autocomplete="off"
        size="short"
        required
      />
    </section>
  );
}

/** What is said of names that people had there before. */
export function OldNamesFields({ t, form }: Props) {
  return (
    <section class="panel" aria-labelledby="old-names-heading">
      <h2 id="old-names-heading">{t('admin.application.old_names')}</h2>
      <Checkbox
        t={t}
        form={form}
        name="oldNamesCount"
        label={t('admin.application.old_names_count')}
        hint={t('admin.application.old_names_count_hint')}
      />
      <Checkbox
        t={t}
        form={form}
        name="oldNamesAddress"
        label={t('admin.application.old_names_address')}
        hint={t('admin.application.old_names_address_hint')}
      />
    </section>
  );
}

/** Which names are possible. */
export function RuleFields({ t, form, presets }: Props & { presets: readonly Option[] }) {
  return (
    <section class="panel" aria-labelledby="rule-heading">
      <h2 id="rule-heading">{t('admin.application.rule')}</h2>
      <Select
        t={t}
        form={form}
        name="rulePreset"
        label={t('admin.application.rule_preset')}
        hint={t('admin.application.rule_preset_hint')}
        options={presets}
        required
      />
      <div class="when-own">
        <Field
          t={t}
          form={form}
          name="rulePattern"
          label={t('admin.application.rule_pattern')}
          hint={t('admin.application.rule_pattern_hint')}
          autocomplete="off"
          required
        />
        <div class="pair">
          <Field
            t={t}
            form={form}
            name="ruleMin"
            label={t('admin.application.rule_min')}
            inputMode="numeric"
            autocomplete="off"
            size="short"
            required
          />
          <Field
            t={t}
            form={form}
            name="ruleMax"
            label={t('admin.application.rule_max')}
            inputMode="numeric"
            autocomplete="off"
            size="short"
            required
          />
        </div>
      </div>
      <TextArea
        t={t}
        form={form}
        name="ruleReserved"
        label={t('admin.application.rule_reserved')}
        hint={t('admin.application.rule_reserved_hint')}
        code
      />
    </section>
  );
}

/** What stands for the person at the application: the subject, and the address, with who writes to it at first. */
export function EmailFields({ t, form, isNew }: Props & { isNew: boolean }) {
  return (
    <section class="panel" aria-labelledby="told">
      <h2 id="told">{t('admin.application.told')}</h2>
      <Radios
        t={t}
        form={form}
        name="subject"
        legend={t('admin.application.subject')}
        options={[
          { value: 'random', label: t('admin.application.subject_random') },
          { value: 'name', label: t('admin.application.subject_name'), hint: t('admin.application.subject_name_hint') },
        ]}
      />
      <Radios
        t={t}
        form={form}
        name="email"
        legend={t('admin.application.email')}
        options={[
          { value: 'alias', label: t('admin.application.email_alias') },
          { value: 'none', label: t('admin.application.email_none') },
        ]}
      />
      {isNew && (
        <TextArea
          t={t}
          form={form}
          name="senderDomains"
          label={t('admin.application.senders')}
          hint={t('admin.application.senders_hint')}
          code
        />
      )}
    </section>
  );
}
