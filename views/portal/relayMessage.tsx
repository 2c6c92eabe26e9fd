import { page, type Frame } from '../layout.tsx';
import { Address } from '../parts/Address.tsx';
import { Button, ButtonLink } from '../parts/Button.tsx';
import { Checkbox } from '../parts/Checkbox.tsx';
import { ErrorSummary } from '../parts/ErrorSummary.tsx';
import { Field } from '../parts/Field.tsx';
import { errorOf, valueOf, type Form } from '../parts/form.ts';
import { Link, hostOf } from '../parts/Link.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Said } from '../parts/Said.tsx';
import { TextArea } from '../parts/TextArea.tsx';
import { When, momentText } from '../parts/When.tsx';

/**
 * Posts below `path`: /again and /discard; /answer (subject, text, confirmed); /block and /unblock. The message itself
 * is at /download below it.
 */
export type MessageData = {
  readonly path: string;
  /** The page of mail to the profile. */
  readonly backUrl: string;
  readonly profile: string;
  readonly application: { readonly name: string; readonly homeUrl: string };
  /** What became of it, translated. */
  readonly title: string;
  readonly way: 'in' | 'out';
  readonly at: number;
  readonly domain: string;
  readonly correspondent?:
    | { readonly name: string; readonly address: string; readonly isBlocked: boolean; readonly isKnown: boolean }
    | undefined;
  /** Whether it is from somebody to whom the application's people must have lost the address. */
  readonly isStranger: boolean;
  readonly mayBeTwice: boolean;
  /** Why it did not arrive: in words of ours, and in those of the other server. */
  readonly trouble?: { readonly reason: string; readonly said: string } | undefined;
  /** While it is here: until when (a day), and how sending it is called. */
  readonly kept?: { readonly until?: string | undefined; readonly sendAs?: keyof typeof SEND | undefined } | undefined;
  /** Where it may be answered. */
  readonly answer?: { readonly form: Form; readonly address: string } | undefined;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

const SEND = { again: 'relay.again', release: 'relay.release', through: 'relay.through' } as const;

type Part = { frame: Frame; data: MessageData };

/** One message: what became of it, why, and what can be done. Nothing of what it says is shown. */
export function messagePage(frame: Frame, data: MessageData): string {
  const { t } = frame;
  const { title, answer, kept, correspondent } = data;
  const body = (
    <>
      <Notice text={data.notice} />
      {answer && <ErrorSummary t={t} form={answer.form} />}
      <p class="crumb">
        <a href={data.backUrl}>{t('relay.profile_title', { profile: data.profile })}</a>
      </p>
      <h1>{title}</h1>
      <Details frame={frame} data={data} />
      <div class="stack">
        {data.isStranger && <Leak frame={frame} data={data} />}
        {data.trouble && <Trouble frame={frame} data={data} trouble={data.trouble} />}
        {kept && <Kept frame={frame} data={data} kept={kept} />}
        {answer && correspondent && <AnswerBox frame={frame} data={data} answer={answer} to={correspondent.address} />}
        {correspondent?.isKnown === true && data.way === 'in' && (
          <Block frame={frame} data={data} correspondent={correspondent} />
        )}
      </div>
    </>
  );
  return page(frame, { title, hasErrors: (answer?.form.errors.length ?? 0) > 0, body });
}

function Details({ frame: { t, language }, data }: Part) {
  const { way, at, domain, correspondent, mayBeTwice } = data;
  return (
    <>
      <dl class="facts">
        <div>
          <dt>{way === 'in' ? t('relay.came') : t('relay.written')}</dt>
          <dd>
            <When language={language} at={at} />
          </dd>
        </div>
        {correspondent && (
          <div>
            <dt>{way === 'in' ? t('relay.from') : t('relay.to')}</dt>
            <dd>
              {correspondent.name !== '' && `${correspondent.name}, `}
              <Address address={correspondent.address} />
            </dd>
          </div>
        )}
        {way === 'in' && (
          <div>
            <dt>{t('relay.domain')}</dt>
            <dd>{domain}</dd>
          </div>
        )}
      </dl>
      {mayBeTwice && <p class="hint">{t('relay.twice')}</p>}
    </>
  );
}

function Leak({ frame: { t }, data: { application, domain } }: Part) {
  return (
    <section class="panel marked" aria-labelledby="leak">
      <h2 id="leak">{t('relay.leak', { application: application.name })}</h2>
      <p>{t('relay.leak_what', { application: application.name, domain })}</p>
      <p>{t('relay.leak_known')}</p>
      <p>
        {t('relay.leak_ask', { application: application.name })}{' '}
        <Link href={application.homeUrl}>{hostOf(application.homeUrl)}</Link>
      </p>
    </section>
  );
}

function Trouble({ frame: { t }, trouble }: Part & { trouble: { reason: string; said: string } }) {
  return (
    <section class="panel" aria-labelledby="reason">
      <h2 id="reason">{t('relay.reason')}</h2>
      <p>{trouble.reason}</p>
      {trouble.said !== '' && <Said label={t('relay.server_said')} words={trouble.said} />}
    </section>
  );
}

function Kept({ frame: { t, language }, data, kept }: Part & { kept: NonNullable<MessageData['kept']> }) {
  const { path, csrf, isStranger } = data;
  const { until, sendAs } = kept;
  return (
    <section class="panel" aria-labelledby="do">
      <h2 id="do">{t('relay.do')}</h2>
      {until !== undefined && <p>{t('relay.kept_until', { day: momentText(language, until) })}</p>}
      <div class="decision panel-foot">
        {sendAs && (
          <PostForm action={`${path}/again`} csrf={csrf}>
            <Button>{t(SEND[sendAs])}</Button>
          </PostForm>
        )}
        <ButtonLink href={`${path}/download`}>{t('relay.download')}</ButtonLink>
        {sendAs && (
          <PostForm action={`${path}/discard`} csrf={csrf}>
            <Button look="danger">{t('relay.discard')}</Button>
          </PostForm>
        )}
      </div>
      <p class="hint">{isStranger ? t('relay.download_stranger') : t('relay.download_hint')}</p>
    </section>
  );
}

function AnswerBox({
  frame: { t },
  data: { path, csrf, profile },
  answer: { form, address },
  to,
}: Part & { answer: NonNullable<MessageData['answer']>; to: string }) {
  const asks = errorOf(form, 'confirmed') !== undefined || valueOf(form, 'confirmed') !== '';
  return (
    <section class="panel" aria-labelledby="answer">
      <h2 id="answer">{t('relay.answer')}</h2>
      <p>{t('relay.answer_shows', { to, address, profile })}</p>
      <PostForm action={`${path}/answer`} csrf={csrf}>
        <Field t={t} form={form} name="subject" label={t('relay.answer_subject')} />
        <TextArea
          t={t}
          form={form}
          name="text"
          label={t('relay.answer_text')}
          hint={t('relay.answer_text_hint')}
          rows={8}
          required
        />
        {asks && <Checkbox t={t} form={form} name="confirmed" label={t('relay.answer_confirmed')} />}
        <Button>{t('relay.answer_send')}</Button>
      </PostForm>
    </section>
  );
}

function Block({
  frame: { t },
  data: { path, csrf },
  correspondent: { address, isBlocked },
}: Part & { correspondent: NonNullable<MessageData['correspondent']> }) {
  return (
    <section class="panel" aria-labelledby="block">
      <h2 id="block">{t('relay.block_title')}</h2>
      <p>{t('relay.block_what', { address })}</p>
      <PostForm action={`${path}/${isBlocked ? 'unblock' : 'block'}`} csrf={csrf}>
        <Button look={isBlocked ? 'secondary' : 'danger'}>{isBlocked ? t('relay.unblock') : t('relay.block')}</Button>
      </PostForm>
    </section>
  );
}
