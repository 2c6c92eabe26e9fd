import type { Translate } from '../text.ts';
import { Field } from './Field.tsx';
import { errorOf, type Form } from './form.ts';

/** To copy one of a few words: which (from 1), and the words by their place in the list of each language. */
export type QuestionAsked = { readonly token: string; readonly words: readonly number[]; readonly place: number };

/** What a form asks a browser to work out, or a person to answer where no script runs. */
export type WorkAsked = { readonly challenge: string; readonly question: QuestionAsked };

type Props = { t: Translate; form: Form; asked: WorkAsked };

/**
 * What a form asks a browser to work out, or a person to answer, before it is taken. The last thing before the button.
 * Its field, for errors, is `work`. Where scripts run the question stays hidden until the script shows it; after an
 * error it is shown to everybody.
 */
export function Work({ t, form, asked }: Props) {
  const { challenge, question } = asked;
  const all = t('work.words').split(' ');
  const words = question.words.map((at) => all[at] ?? '').join(', ');
  return (
    <div
      class={errorOf(form, 'work') === undefined ? 'work' : 'work asks'}
      data-challenge={challenge}
      data-working={t('work.working')}
      data-waiting={t('work.waiting')}
      data-done={t('work.done')}
      data-failed={t('work.failed')}
    >
      <input type="hidden" name="work_proof" value="" autocomplete="off" />
      <input type="hidden" name="work_question" value={question.token} autocomplete="off" />
      <div class="work-question">
        <Field
          t={t}
          form={{ values: {}, errors: form.errors }}
          name="work"
          label={t('work.question', { place: String(question.place), words })}
          hint={t('work.why')}
          autocomplete="off"
          required
        />
      </div>
      <p class="hint" role="status" />
    </div>
  );
}
