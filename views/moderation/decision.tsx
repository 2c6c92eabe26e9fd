import type { ComponentChildren } from 'preact';
import { page, type Frame } from '../layout.tsx';
import { BlockPanel, type ShownBlock } from '../parts/Instructions.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { Checkbox } from '../parts/Checkbox.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import type { Form } from '../parts/form.ts';
import { PostForm } from '../parts/PostForm.tsx';
import { Select } from '../parts/Select.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { Places, type Moderated } from './places.tsx';
import type { ActionName } from './profile.tsx';

/** Posts to its own address: reason (an id) and words; for some also days, name, no_new, others, quota. */
export type DecisionData = {
  readonly application: Moderated;
  readonly profile: { readonly id: string; readonly name: string };
  readonly action: ActionName | 'lift';
  /** Where it is sent. */
  readonly url: string;
  readonly reasons: readonly { readonly id: string; readonly text: string }[];
  /** Where to end what goes on at the application; nothing where nothing does. */
  readonly endings: readonly ShownBlock[];
  /** Whether the application takes somebody under another name for somebody else. */
  readonly isKnownByName: boolean;
  readonly form: Form;
  readonly csrf: string;
};

/** Those for which a reason of the list is given. */
const REASONED: ReadonlySet<DecisionData['action']> = new Set(['warn', 'block', 'rename', 'delete', 'bar', 'refer']);
/** Those that are told to the owner. */
const TOLD: ReadonlySet<DecisionData['action']> = new Set([
  'warn',
  'block',
  'unblock',
  'rename',
  'delete',
  'bar',
  'lift',
]);
const DANGEROUS: ReadonlySet<DecisionData['action']> = new Set(['block', 'delete', 'bar']);

/** What a decision means, and the form that makes it. */
export function decisionPage(frame: Frame, data: DecisionData): string {
  const { t } = frame;
  const { action, application, profile, form, endings } = data;
  const back = `/moderation/${application.id}/profiles/${profile.id}`;
  const names = { application: application.name, name: profile.name };
  const title = t(`moderation.title.${action}`, names);
  const body = (
    <>
      <ErrorSummary t={t} form={form} />
      <Places frame={frame} application={application} here="/profiles" />
      <h1>{title}</h1>
      <p class="lead">{t(`moderation.means.${action}`, names)}</p>
      {endings.length > 0 && <p>{t('moderation.goes_on', names)}</p>}
      {action === 'rename' && data.isKnownByName && (
        <div class="caution">
          <p>{t('moderation.known_by_name', names)}</p>
        </div>
      )}
      <PostForm action={data.url} csrf={data.csrf} class="panel">
        <Special frame={frame} data={data} />
        {REASONED.has(action) && (
          <Select
            t={t}
            form={form}
            name="reason"
            required
            label={t('moderation.why')}
            hint={t(TOLD.has(action) ? 'moderation.why_hint' : 'moderation.why_inside')}
            options={[
              { value: '', label: t('moderation.reason_none') },
              ...data.reasons.map(({ id, text }) => ({ value: id, label: text })),
            ]}
          />
        )}
        {action !== 'except' && (
          <TextArea
            t={t}
            form={form}
            name="words"
            required={action === 'note' || action === 'refer'}
            label={t(TOLD.has(action) ? 'moderation.reason_words' : 'moderation.inside_words')}
            hint={t(TOLD.has(action) ? 'moderation.told_words_hint' : `moderation.inside_hint.${insideOf(action)}`)}
          />
        )}
        <div class="panel-foot decision">
          <Button look={DANGEROUS.has(action) ? 'danger' : 'primary'}>{t(`moderation.action.${action}`)}</Button>
          <ButtonLink href={back}>{t('back.to', { application: profile.name })}</ButtonLink>
        </div>
      </PostForm>
      {endings.length > 0 && (
        <div class="stack">
          {endings.map((block, index) => (
            <BlockPanel key={index} t={t} id={`ending-${index}`} block={block} />
          ))}
        </div>
      )}
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}

const insideOf = (action: DecisionData['action']): 'refer' | 'note' => (action === 'refer' ? 'refer' : 'note');

/** What one decision asks beyond reason and words. */
function Special({ frame: { t }, data }: { frame: Frame; data: DecisionData }): ComponentChildren {
  const { form, action, application } = data;
  if (action === 'block')
    return (
      <Field
        t={t}
        form={form}
        name="days"
        type="number"
        inputMode="numeric"
        size="short"
        label={t('moderation.days')}
        hint={t('moderation.days_hint')}
      />
    );
  if (action === 'rename')
    return (
      <Field t={t} form={form} name="name" label={t('moderation.new_name')} hint={t('moderation.new_name_hint')} />
    );
  if (action === 'except')
    return (
      <Field
        t={t}
        form={form}
        name="quota"
        type="number"
        inputMode="numeric"
        size="short"
        required
        label={t('moderation.quota')}
        hint={t('moderation.quota_hint')}
      />
    );
  if (action !== 'bar') return null;
  return (
    <>
      <Checkbox t={t} form={form} name="no_new" label={t('moderation.bar_new', { application: application.name })} />
      <Checkbox
        t={t}
        form={form}
        name="others"
        label={t('moderation.bar_others', { application: application.name })}
        hint={t('moderation.bar_others_hint')}
      />
    </>
  );
}
