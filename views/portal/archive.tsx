import { renderToString } from 'preact-render-to-string';
import type { OwnShownEntry } from './decisions.tsx';
import { eventText } from './eventText.ts';
import { entryText } from '../moderation/history.tsx';
import type { Frame } from '../layout.tsx';
import { momentText } from '../parts/When.tsx';
import type { TextKey } from '../text.ts';

/** What one client or service provider receives for a profile; values that differ each time are null. */
export type Sent = {
  readonly to: string;
  readonly by: 'OpenID Connect' | 'SAML';
  readonly values: Readonly<Record<string, unknown>>;
};

export type ArchivedProfile = {
  readonly name: string;
  readonly subject: string;
  readonly relayAddress: string;
  readonly status: string;
  readonly source: string;
  /** What was asked for it, where that is not decided yet. */
  readonly request?:
    | {
        readonly day: string;
        readonly urgent: boolean;
        readonly words: string;
        readonly question?: string | undefined;
        readonly answer?: string | undefined;
      }
    | undefined;
  readonly createdDay: string;
  readonly retiredDay?: string | undefined;
  readonly lastUsedDay?: string | undefined;
  readonly note: string;
  /** The address that came with an old name, for as long as its application may be told it. */
  readonly oldAddress?: string | undefined;
  /** Of an old name: what its application calls the account, and whether we may replace the address that it knows. */
  readonly oldAccount?: { readonly name: string; readonly key: string; readonly moves: boolean } | undefined;
  readonly groupsShown: readonly string[];
  /** What happened to it, the oldest first, as far as that is kept; never who decided. */
  readonly history: readonly Omit<OwnShownEntry, 'appealUrl'>[];
  /** What is kept of mail to it; times in milliseconds. */
  readonly mail?:
    | {
        readonly mode: string;
        readonly strangers: string;
        readonly correspondents: readonly {
          readonly address: string;
          readonly name: string;
          readonly isBlocked: boolean;
        }[];
        readonly log: readonly {
          readonly at: number;
          readonly way: string;
          readonly outcome: string;
          readonly heldFor?: string;
          readonly domain: string;
          readonly trouble?: Readonly<Record<string, string | number>>;
        }[];
      }
    | undefined;
  readonly sent: readonly Sent[];
};

/** Everything about one person, as it is written into the archive. */
export type Archive = {
  readonly account: Readonly<Record<string, string | number | boolean>>;
  readonly groups: readonly string[];
  readonly looksAfter: readonly { readonly kind: 'group' | 'application'; readonly name: string }[];
  /** What administrators read of the account; times in milliseconds. */
  readonly log: readonly { readonly kind: string; readonly hour: number }[];
  readonly waysIn: readonly {
    readonly kind: string;
    readonly name?: string;
    readonly month?: string;
    readonly address?: string;
  }[];
  readonly links: readonly { readonly kind: string; readonly until: number }[];
  readonly request: unknown;
  readonly timeline: readonly {
    readonly kind: string;
    readonly at: number;
    readonly detail?: Readonly<Record<string, string>>;
  }[];
  readonly connections: readonly { readonly at: number; readonly address: string }[];
  readonly instance: { readonly name: string; readonly url: string };
  readonly madeOn: string;
  /** Times in milliseconds. */
  readonly sessions: readonly { readonly device: string; readonly startedAt: number; readonly seenAt: number }[];
  readonly applications: readonly {
    readonly name: string;
    readonly quota?: number | undefined;
    readonly deletedDays: readonly string[];
    readonly refusedDays: readonly string[];
    readonly urgentDay?: string | undefined;
    /** What moderators decided about the person. */
    readonly decisions: readonly {
      readonly noNew: boolean;
      readonly refused: readonly { readonly name: string; readonly day: string }[];
    }[];
    readonly profiles: readonly ArchivedProfile[];
  }[];
};

type Row = readonly [label: string, value: string];

const WAYS: Readonly<Record<string, TextKey>> = {
  password: 'archive.way_password',
  totp: 'archive.way_totp',
  passkey: 'archive.way_passkey',
  'recovery-code': 'archive.way_codes',
  'second-mailbox': 'archive.way_address',
};

/**
 * Everything about one person as a page of its own: it opens without a network, a script or a style. The file for
 * programs beside it says the same and more exactly.
 */
export function archivePage(frame: Frame, archive: Archive): string {
  const { t, language } = frame;
  const { account } = archive;
  const title = t('archive.title', { login_name: String(account['loginName'] ?? '') });
  const moment = (at: number | string): string => momentText(language, at);
  const html = renderToString(
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <title>{`${title} – ${archive.instance.name}`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
      </head>
      <body>
        <main>
          <h1>{title}</h1>
          <p>{t('archive.made', { day: moment(archive.madeOn), url: archive.instance.url })}</p>
          <Section title={t('archive.account')} rows={accountRows(frame, archive)} none={t('archive.none')} />
          <Section title={t('archive.sessions')} rows={sessionRows(frame, archive)} none={t('archive.none')} />
          <Section
            title={t('archive.activity')}
            rows={archive.timeline.map((event): Row => [moment(event.at), eventText(t, event) ?? event.kind])}
            none={t('archive.none')}
          />
          <Section
            title={t('archive.log')}
            rows={archive.log.map(({ kind, hour }): Row => [moment(hour), kind])}
            none={t('archive.none')}
          />
          <Section
            title={t('archive.connections')}
            rows={archive.connections.map(({ at, address }): Row => [moment(at), address])}
            none={t('archive.none')}
          />
          <Section
            title={t('archive.links')}
            rows={archive.links.map(({ kind, until }): Row => [kind, t('archive.until', { day: moment(until) })])}
            none={t('archive.none')}
          />
          <Section title={t('archive.request')} rows={requestRows(archive)} none={t('archive.none')} />
          <h2>{t('archive.profiles')}</h2>
          {archive.applications.every(({ profiles }) => profiles.length === 0) && <p>{t('archive.none')}</p>}
          {archive.applications.flatMap((application) =>
            application.profiles.map((profile) => (
              <section>
                <h3>{t('archive.profile', { profile: profile.name, application: application.name })}</h3>
                <Rows rows={profileRows(frame, profile)} />
                {profile.history.length > 0 && (
                  <>
                    <h4>{t('archive.history')}</h4>
                    <Rows rows={historyRows(frame, profile.history)} />
                  </>
                )}
                {profile.mail && profile.mail.log.length > 0 && (
                  <>
                    <h4>{t('archive.mail')}</h4>
                    <Rows rows={mailRows(frame, profile.mail.log)} />
                  </>
                )}
                {profile.sent.map((sent) => (
                  <>
                    <h4>{t('archive.sent', { to: sent.to })}</h4>
                    <Rows rows={sentRows(frame, sent)} />
                  </>
                ))}
              </section>
            )),
          )}
        </main>
      </body>
    </html>,
  );
  return `<!doctype html>\n${html}\n`;
}

function Section({ title, rows, none }: { title: string; rows: readonly Row[]; none: string }) {
  return (
    <section>
      <h2>{title}</h2>
      {rows.length === 0 ? <p>{none}</p> : <Rows rows={rows} />}
    </section>
  );
}

function Rows({ rows }: { rows: readonly Row[] }) {
  return (
    <dl>
      {rows.map(([label, value]) => (
        <>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </>
      ))}
    </dl>
  );
}

function accountRows({ t, language }: Frame, { account, groups, looksAfter, waysIn }: Archive): Row[] {
  const text = (name: string): string => String(account[name] ?? '');
  const rows: Row[] = [
    [t('account.login_name'), text('loginName')],
    [t('account.address'), text('mailbox')],
    [t('archive.verified'), account['mailboxVerified'] === true ? t('archive.yes') : t('archive.no')],
    [t('account.language'), text('language')],
    [t('archive.role'), text('role')],
    [t('archive.status'), text('status')],
    [t('archive.created'), momentText(language, text('createdMonth'))],
    [t('archive.rules'), text('termsAccepted')],
    [t('archive.groups'), groups.join(', ')],
    [t('archive.looks_after'), looksAfter.map(({ name }) => name).join(', ')],
    ...waysIn.map(({ kind, name = '', month, address = '' }): Row => {
      const key = WAYS[kind];
      const since = month === undefined ? '' : momentText(language, month);
      return [t('archive.way'), [key === undefined ? kind : t(key), name, address, since].filter(Boolean).join(', ')];
    }),
  ];
  return rows.filter(([, value]) => value !== '');
}

function sessionRows({ t, language }: Frame, { sessions }: Archive): Row[] {
  return sessions.map(({ device, startedAt, seenAt }) => [
    device === '' ? t('sessions.unknown_device') : device,
    t('archive.session', { from: momentText(language, startedAt), until: momentText(language, seenAt) }),
  ]);
}

function requestRows({ request }: Archive): Row[] {
  return request === null || typeof request !== 'object'
    ? []
    : Object.entries(request).map(([name, value]): Row => [name, asText(value)]);
}

function profileRows({ t, language }: Frame, profile: ArchivedProfile): Row[] {
  const day = (at: string | undefined): string => (at === undefined ? '' : momentText(language, at));
  const rows: Row[] = [
    [t('fact.identifier'), profile.subject],
    [t('archive.relay'), profile.relayAddress],
    [t('archive.status'), profile.status],
    [t('archive.created'), day(profile.createdDay)],
    [t('archive.used'), day(profile.lastUsedDay)],
    [t('archive.retired'), day(profile.retiredDay)],
    [t('archive.note'), profile.note],
    [t('archive.old_address'), profile.oldAddress ?? ''],
    [t('archive.old_name'), profile.oldAccount?.name ?? ''],
    [t('archive.old_key'), profile.oldAccount?.key ?? ''],
    [
      t('archive.old_moves'),
      profile.oldAccount === undefined ? '' : profile.oldAccount.moves ? t('archive.yes') : t('archive.no'),
    ],
    [t('archive.groups_shown'), profile.groupsShown.join(', ')],
    [t('archive.asked'), profile.request?.words ?? ''],
    [t('archive.asked_question'), profile.request?.question ?? ''],
    [t('archive.asked_answer'), profile.request?.answer ?? ''],
    [t('archive.mail_mode'), profile.mail?.mode ?? ''],
    [t('archive.mail_strangers'), profile.mail?.strangers ?? ''],
    ...(profile.mail?.correspondents ?? []).map(({ address, name }): Row => [
      t('archive.mail_from'),
      [name, address].filter(Boolean).join(', '),
    ]),
  ];
  return rows.filter(([, value]) => value !== '');
}

function historyRows(frame: Frame, history: ArchivedProfile['history']): Row[] {
  const { language } = frame;
  return history.map((entry) => [
    momentText(language, entry.day),
    [entryText(frame, entry), entry.reason?.[language], entry.words, entry.appeal?.words, entry.appeal?.outcome?.words]
      .filter(Boolean)
      .join(' · '),
  ]);
}

function mailRows({ language }: Frame, log: NonNullable<ArchivedProfile['mail']>['log']): Row[] {
  return log.map(({ at, way, outcome, domain }) => [momentText(language, at), [way, domain, outcome].join(', ')]);
}

function sentRows({ t }: Frame, { values }: Sent): Row[] {
  return Object.entries(values).map(([name, value]) => [name, value === null ? t('archive.each_time') : asText(value)]);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
