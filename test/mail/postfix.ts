import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../free-port.ts';
import { makeCertificate } from './certificate.ts';

const run = promisify(execFile);
const MASTER = '/usr/lib/postfix/sbin/master';

/** Whether this machine can run Debian's Postfix: it is installed, and we may start what changes its user. */
export const hasPostfix = existsSync(MASTER) && process.getuid?.() === 0;

/** How a receiving Postfix behaves; the name of the domain whose every mailbox it holds is `mailbox.test`. */
const VARIANTS = {
  accept: {},
  /** 550 5.1.1 at RCPT. */
  refuse: { virtual_mailbox_maps: 'inline:{nobody@mailbox.test=nobody}' },
  /** 450 4.2.0 at RCPT. */
  defer: { smtpd_recipient_restrictions: 'check_recipient_access static:{450 4.2.0 come back later}, reject' },
  /** 20,000 bytes at most, which EHLO says. */
  small: { message_size_limit: '20000' },
  /** 20,000 bytes at most, which it only says after DATA: 552 5.3.4. */
  'small unannounced': { message_size_limit: '20000', smtpd_discard_ehlo_keywords: 'size' },
  /** Takes its time at every recipient. */
  slow: { smtpd_recipient_restrictions: 'sleep 2, permit_mynetworks, reject_unauth_destination' },
  'no 8-bit': { smtpd_discard_ehlo_keywords: '8bitmime, smtputf8' },
  'no pipelining': { smtpd_discard_ehlo_keywords: 'pipelining' },
  /** STARTTLS with a certificate that nobody vouches for. */
  'self-signed': { smtpd_tls_security_level: 'may' },
} as const satisfies Record<string, Record<string, string>>;

export type PostfixVariant = keyof typeof VARIANTS;

/** A message as it lies in a mailbox: with what Postfix wrote in front of it. */
export type Delivered = {
  /** The local part of the mailbox. */
  readonly mailbox: string;
  /** MAIL FROM. */
  readonly from: string;
  /** From DATA: what was in front is left out, and lines end with CRLF again. */
  readonly octets: Buffer;
};

export type Postfix = {
  readonly port: number;
  /** Of its master, whose children the others are. */
  readonly pid: number;
  /** Everything that was delivered to `@mailbox.test`, in no order. */
  mails(): Promise<Delivered[]>;
  /** Waits for so many. */
  waitFor(count: number): Promise<Delivered[]>;
  logs(): Promise<string>;
  /** Runs one of its programs (`postqueue`, `sendmail`…) on this instance. */
  command(name: string, args: readonly string[], input?: string): Promise<string>;
  close(): Promise<void>;
};

type Options = {
  variant?: PostfixVariant;
  /** Further lines of main.cf. */
  settings?: Readonly<Record<string, string>>;
  /** Further lines of master.cf. */
  services?: readonly string[];
  port?: number;
  /** Where it listens. */
  address?: string;
};

const SERVICES = [
  'cleanup unix n - n - 0 cleanup',
  'qmgr unix n - n 1 1 qmgr',
  'pickup unix n - n 1 1 pickup',
  'tlsmgr unix - - n 1000? 1 tlsmgr',
  'rewrite unix - - n - - trivial-rewrite',
  'bounce unix - - n - 0 bounce',
  'defer unix - - n - 0 bounce',
  'trace unix - - n - 0 bounce',
  'proxymap unix - - n - - proxymap',
  'smtp unix - - n - - smtp',
  'relay unix - - n - - smtp',
  'showq unix n - n - - showq',
  'error unix - - n - - error',
  'retry unix - - n - - error',
  'discard unix - - n - - discard',
  'virtual unix - n n - - virtual',
  'anvil unix - - n - 1 anvil',
  'scache unix - - n - 1 scache',
  'postlog unix-dgram n - n - 1 postlogd',
];
/** Ends by itself after so many seconds, should a run of tests be cut off. */
const LIFE = '1800';

/** Lines that Postfix writes in front of what it delivers. */
const OWN = /^(?:(?:Return-Path|X-Original-To|Delivered-To):.*\n)+(?:Received: from .*\n(?:[ \t].*\n)*)/u;

async function readInbox(inbox: string): Promise<Delivered[]> {
  const names = await readdir(inbox).catch(() => []);
  return Promise.all(
    names.map(async (name) => {
      const stored = (await readFile(path.join(inbox, name))).toString('latin1');
      const from = /^Return-Path: <(.*)>$/mu.exec(stored)?.[1] ?? '';
      const mailbox = /^Delivered-To: (.*)@mailbox\.test$/mu.exec(stored)?.[1] ?? '';
      const octets = Buffer.from(stored.replace(OWN, '').replaceAll('\n', '\r\n'), 'latin1');
      return { mailbox, from, octets };
    }),
  );
}

/**
 * Starts a Postfix of its own on loopback: own configuration, queue and data. It takes mail to every mailbox of
 * `mailbox.test` and, as anything on this machine may send through it, sends other mail on as `settings` say (such as
 * `relayhost` or `transport_maps`). Only root can; ask `hasPostfix`.
 */
export async function openPostfix(options: Options = {}): Promise<Postfix> {
  const { variant = 'accept', settings = {}, services = [], address = '127.0.0.1' } = options;
  const port = options.port ?? (await freePort());
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-postfix-'));
  await chmod(folder, 0o755);
  const at = (name: string): string => path.join(folder, name);
  for (const name of ['etc', 'queue', 'data', 'mail', 'log']) await mkdir(at(name));
  await run('chown', ['postfix', at('data')]);
  await run('chown', ['nobody', at('mail')]);
  if (variant === 'self-signed') {
    const { key, cert } = await makeCertificate('mx.mailbox.test');
    await writeFile(at('etc/certificate.pem'), key + cert);
  }
  const main: Record<string, string> = {
    compatibility_level: '3.6',
    queue_directory: at('queue'),
    data_directory: at('data'),
    maillog_file: at('log/mail.log'),
    maillog_file_prefixes: folder,
    myhostname: 'mx.mailbox.test',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    // It is only asked whether this is here: where it listens, master.cf says.
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    alias_maps: '',
    biff: 'no',
    // Nothing is added to the header of what passes.
    local_header_rewrite_clients: '',
    smtp_dns_support_level: 'disabled',
    smtp_host_lookup: 'native',
    smtpd_peername_lookup: 'no',
    smtpd_tls_security_level: 'none',
    smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
    virtual_mailbox_domains: 'mailbox.test',
    virtual_mailbox_base: at('mail'),
    virtual_mailbox_maps: 'static:all/',
    virtual_uid_maps: 'static:65534',
    virtual_gid_maps: 'static:65534',
    message_size_limit: '60000000',
    virtual_mailbox_limit: '0',
    queue_run_delay: '1s',
    minimal_backoff_time: '1s',
    maximal_backoff_time: '2s',
    ...VARIANTS[variant],
    ...(variant === 'self-signed' ? { smtpd_tls_chain_files: at('etc/certificate.pem') } : {}),
    ...settings,
  };
  await writeFile(
    at('etc/main.cf'),
    Object.entries(main)
      .map((pair) => `${pair.join(' = ')}\n`)
      .join(''),
  );
  const listening = `${address}:${port} inet n - n - - smtpd`;
  await writeFile(at('etc/master.cf'), [listening, ...SERVICES, ...services, ''].join('\n'));
  await run('postfix', ['-c', at('etc'), 'check']);
  // It leaves the group of our process, so that what ends us does not end it half-way.
  await run(MASTER, ['-c', at('etc'), '-e', LIFE, '-w']);

  const pid = Number((await readFile(at('queue/pid/master.pid'), 'utf8')).trim());
  const mails = (): Promise<Delivered[]> => readInbox(at('mail/all/new'));
  const logs = (): Promise<string> => readFile(at('log/mail.log'), 'utf8').catch(() => '');
  return {
    port,
    pid,
    mails,
    async waitFor(count) {
      for (let round = 0; round < 1200; round += 1) {
        const found = await mails();
        if (found.length >= count) return found;
        await pause(100);
      }
      throw new Error(`not ${count} messages arrived:\n${await logs()}`);
    },
    logs,
    async command(name, args, input) {
      // Not by "-c", which `sendmail` does not know.
      const running = run(name, args, { env: { ...process.env, MAIL_CONFIG: at('etc') } });
      // One that reads nothing may have ended by then.
      running.child.stdin?.on('error', () => undefined).end(input ?? '');
      return (await running).stdout;
    },
    async close() {
      process.kill(pid, 'SIGTERM');
      // What has ended runs nothing any more, though whoever adopted it may leave it in the list of processes for a while.
      while (existsSync(`/proc/${pid}/exe`)) await pause(20);
      // Its children, which it told to end, may still write a line.
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
