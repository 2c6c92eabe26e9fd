import { count } from 'drizzle-orm';
import type { Config } from '../../config.ts';
import { askSmartHost, NotSent, readSmartHost } from '../../mail/mail.ts';
import type { Storage } from '../../storage/storage.ts';
import { ok, problem, type Finding } from './finding.ts';

const ADVICE: Readonly<Record<string, string>> = {
  EDNS: 'Its name is not known here. Look at ALUCO_SMTP, and at the name servers of this machine.',
  ECONNECTION: 'It does not answer, or hangs up. Look at its name and port in ALUCO_SMTP, and at firewalls.',
  ESOCKET: 'The connection fails. Look at its name and port in ALUCO_SMTP, at firewalls, and at its certificate.',
  ETIMEDOUT: 'It does not answer in time. Look at its name and port in ALUCO_SMTP, and at firewalls.',
  ETLS: 'No TLS with a right certificate for its name. Where it is this machine itself, call it localhost; else mend its certificate.',
  EAUTH: 'It refuses the user or the password in ALUCO_SMTP. Characters like @ : / are written %40 %3A %2F there.',
  EPROTOCOL: 'What answers there is no mail server, or one that wants smtps:// instead of smtp:// or the reverse.',
};

/** The same where letters go straight to the mail server of each address. */
const DIRECT: Readonly<Record<string, string>> = {
  EDNS: 'DNS does not say where mail to that address goes. Look at the address, at ALUCO_DNS, and at the name servers of this machine.',
  EPRIVATE: 'It is in a private network. If it may be reached, name that network in ALUCO_PRIVATE_NETWORKS.',
};
const UNREACHED =
  'If no such server is ever reached, port 25 may be closed on the way out: ask whoever connects this machine, or name a smart host in ALUCO_SMTP.';

/** What may be done about a smart host, or with `mx:` a mail server, that took no letter. */
export function adviceFor({ code }: NotSent, { ALUCO_SMTP: smtp }: Pick<Config, 'ALUCO_SMTP'>): string {
  const [kind = ''] = code.split(' ', 1);
  if (smtp === 'mx:') return DIRECT[kind] ?? UNREACHED;
  return ADVICE[kind] ?? 'Look at ALUCO_SMTP, ALUCO_MAIL_FROM, and at the log of the smart host.';
}

/** Whether letters can leave, and how many wait. */
export async function checkMail(config: Config, { read, tables }: Storage): Promise<Finding> {
  const about = 'mail';
  if (config.ALUCO_SMTP === '') {
    return ok(about, 'None is sent: ALUCO_SMTP is empty. People cannot make or recover an account by themselves.');
  }
  const [row] = await read.select({ count: count() }).from(tables.letter);
  const letters = `Letters that wait: ${row?.count ?? 0}.`;
  if (config.ALUCO_SMTP === 'mx:')
    return ok(about, `Mail goes straight to the mail server of each address. ${letters}`);
  const { host, port } = readSmartHost(config.ALUCO_SMTP);
  try {
    await askSmartHost(config);
    return ok(about, `The smart host ${host}, port ${port}, would take letters. ${letters}`);
  } catch (error) {
    if (!(error instanceof NotSent)) throw error;
    const words = `The smart host ${host}, port ${port}, takes no letters (${error.code}). ${adviceFor(error, config)} ${letters}`;
    return problem(about, words);
  }
}
