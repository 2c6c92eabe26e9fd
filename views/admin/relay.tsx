import { page, type Frame } from '../layout.tsx';
import { Button } from '../parts/Button.tsx';
import { Notice } from '../parts/Notice.tsx';
import { PostForm } from '../parts/PostForm.tsx';
import { Table } from '../parts/Table.tsx';
import { When } from '../parts/When.tsx';

/** A mail domain, how many accounts' mail waits for it and how much; since when it takes none, in milliseconds. */
export type Destination = {
  readonly name: string;
  readonly accounts: number;
  readonly waiting: number;
  readonly trouble?: { readonly since: number; readonly due: number; readonly code: string } | undefined;
};

/** What is on its way, and nothing of for whom. `oldest` in milliseconds. */
export type QueueState = {
  readonly isListening: boolean;
  readonly isPaused: boolean;
  readonly waiting: number;
  readonly held: number;
  readonly failed: number;
  readonly oldest?: number | undefined;
  /** Those that enough accounts share, and how much waits for all others together. */
  readonly destinations: { readonly shared: readonly Destination[]; readonly others: number };
};

/** Posts to /admin/mail/pause (paused: on, or nothing) and /admin/mail/retry. */
export type QueueData = {
  /** Left out where this instance forwards no mail. */
  readonly queue?: QueueState | undefined;
  readonly csrf: string;
  readonly notice?: string | undefined;
};

/** The queue of forwarded mail, for administrators. */
export function queuePage(frame: Frame, { queue, csrf, notice }: QueueData): string {
  const { t } = frame;
  const title = t('admin.queue.title');
  const body = (
    <>
      <Notice text={notice} />
      <h1>{title}</h1>
      <p class="lead">{queue === undefined ? t('admin.queue.off') : t('admin.queue.lead')}</p>
      {queue && (
        <div class="stack">
          <Pause frame={frame} queue={queue} csrf={csrf} />
          <State frame={frame} queue={queue} />
          <Destinations frame={frame} queue={queue} />
          <section class="panel" aria-labelledby="retry">
            <h2 id="retry">{t('admin.queue.retry_title')}</h2>
            <p>{t('admin.queue.retry_what')}</p>
            <PostForm action="/admin/mail/retry" csrf={csrf}>
              <Button look="secondary">{t('admin.queue.retry')}</Button>
            </PostForm>
          </section>
        </div>
      )}
    </>
  );
  return page(frame, { title, hasErrors: false, body });
}

function Pause({ frame: { t }, queue, csrf }: { frame: Frame; queue: QueueState; csrf: string }) {
  const { isPaused } = queue;
  return (
    <section class={isPaused ? 'panel marked' : 'panel'} aria-labelledby="pause">
      <h2 id="pause">{isPaused ? t('admin.queue.paused_title') : t('admin.queue.pause_title')}</h2>
      <p>{isPaused ? t('admin.queue.paused_what') : t('admin.queue.pause_what')}</p>
      <PostForm action="/admin/mail/pause" csrf={csrf}>
        {!isPaused && <input type="hidden" name="paused" value="on" />}
        <Button look={isPaused ? 'primary' : 'danger'}>
          {isPaused ? t('admin.queue.go_on') : t('admin.queue.pause')}
        </Button>
      </PostForm>
    </section>
  );
}

function State({ frame: { t, language }, queue }: { frame: Frame; queue: QueueState }) {
  const { isListening, waiting, held, failed, oldest } = queue;
  return (
    <section class="panel" aria-labelledby="state">
      <h2 id="state">{t('admin.queue.state')}</h2>
      <dl class="facts">
        <div>
          <dt>{t('admin.queue.listening')}</dt>
          <dd>{isListening ? t('admin.queue.listening_yes') : t('admin.queue.listening_no')}</dd>
        </div>
        <div>
          <dt>{t('admin.queue.waiting')}</dt>
          <dd>{waiting}</dd>
        </div>
        {oldest !== undefined && (
          <div>
            <dt>{t('admin.queue.oldest')}</dt>
            <dd>
              <When language={language} at={oldest} />
            </dd>
          </div>
        )}
        <div>
          <dt>{t('admin.queue.held')}</dt>
          <dd>{held}</dd>
        </div>
        <div>
          <dt>{t('admin.queue.failed')}</dt>
          <dd>{failed}</dd>
        </div>
      </dl>
    </section>
  );
}

function Destinations({ frame: { t, language }, queue: { destinations } }: { frame: Frame; queue: QueueState }) {
  const { shared, others } = destinations;
  const rows = shared.map(({ name, accounts, waiting, trouble }) => [
    name,
    String(accounts),
    String(waiting),
    trouble === undefined ? (
      t('admin.queue.destination_fine')
    ) : (
      <>
        {t('admin.queue.destination_since', { code: trouble.code })} <When language={language} at={trouble.since} />
      </>
    ),
  ]);
  const last = others === 0 ? [] : [[t('admin.queue.others'), '', String(others), '']];
  return (
    <section class="panel" aria-labelledby="destinations">
      <h2 id="destinations">{t('admin.queue.destinations')}</h2>
      <p>{t('admin.queue.destinations_what')}</p>
      {rows.length + last.length === 0 ? (
        <p>{t('admin.queue.destinations_none')}</p>
      ) : (
        <Table
          caption={t('admin.queue.destination')}
          columns={[
            t('admin.queue.destination'),
            t('admin.queue.accounts'),
            t('admin.queue.waiting'),
            t('admin.queue.destination_state'),
          ]}
          rows={[...rows, ...last]}
        />
      )}
    </section>
  );
}
