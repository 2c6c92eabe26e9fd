import { page, type Frame } from '../layout.tsx';
import { CopyLines } from '../parts/CopyLines.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Facts, type Fact } from '../parts/Facts.tsx';
import type { Form } from '../parts/form.ts';
import { Answer, type SamlAnswer } from './samlAnswer.tsx';
import { Examine } from './triedProvider.tsx';

/** Field: request. */
export type ExaminedData = {
  /** The page where the application is tried. */
  readonly back: { readonly name: string; readonly url: string };
  readonly label: string;
  readonly action: string;
  readonly csrf: string;
  readonly form: Form;
  /** What the request says; nothing where it could not be read. */
  readonly found?:
    | {
        readonly xml: string;
        readonly facts: readonly Fact[];
        /** Sentences; none: it would be answered. */
        readonly problems: readonly string[];
      }
    | undefined;
  /** What it would be answered for a profile of the administrator's own. */
  readonly answer?: SamlAnswer | undefined;
};

/** A request of a service provider, looked into. */
export function examinedPage(frame: Frame, data: ExaminedData): string {
  const { t } = frame;
  const { back, label, form, found, answer } = data;
  const title = t('admin.try.examined', { client: label });
  const body = (
    <>
      <ErrorSummary t={t} form={form} />
      <p class="crumb">
        <a href={back.url}>{back.name}</a>
      </p>
      <h1>{title}</h1>
      <div class="stack">
        {found !== undefined && (
          <>
            <section class={found.problems.length === 0 ? 'panel' : 'panel marked'} aria-labelledby="problems">
              <h2 id="problems">{t('admin.try.request_problems')}</h2>
              {found.problems.length === 0 ? (
                <p>{t('admin.try.request_good')}</p>
              ) : (
                <ul class="points">
                  {found.problems.map((problem) => (
                    <li key={problem}>{problem}</li>
                  ))}
                </ul>
              )}
            </section>
            <section class="panel" aria-labelledby="decoded">
              <h2 id="decoded">{t('admin.try.request_says')}</h2>
              <Facts t={t} facts={found.facts} />
              <details class="more">
                <summary>{t('admin.try.request_xml')}</summary>
                <CopyLines t={t} label={t('admin.try.request_xml')} text={found.xml} />
              </details>
            </section>
          </>
        )}
        {answer !== undefined && (
          <section class="panel" aria-labelledby="answer">
            <h2 id="answer">{t('admin.try.would_answer')}</h2>
            <Answer frame={frame} answer={answer} label={label} />
          </section>
        )}
        <section class="panel" aria-labelledby="again">
          <h2 id="again">{t('admin.try.examine_another')}</h2>
          <Examine t={t} form={form} csrf={data.csrf} action={data.action} />
        </section>
      </div>
    </>
  );
  return page(frame, { title, hasErrors: form.errors.length > 0, body });
}
