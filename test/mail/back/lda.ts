import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const LDA = '/usr/lib/dovecot/dovecot-lda';
/** `nobody`: Dovecot delivers for nobody in particular where it does not run as root. */
const UID = 65_534;

/** Whether this machine can deliver with Dovecot as somebody else: it is installed with Sieve, and we may change users. */
export const hasDovecot = existsSync(LDA) && existsSync('/usr/bin/sieve-test') && process.getuid?.() === 0;

/** A mailbox that Dovecot delivers to, with a Sieve script (RFC 5228, RFC 5230). What it sends goes to `port`. */
export async function openLda(port: number, script: string) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aluco-lda-'));
  await chown(folder, UID, UID);
  const at = (name: string): string => path.join(folder, name);
  await writeFile(at('script.sieve'), script);
  await writeFile(
    at('dovecot.conf'),
    [
      `mail_location = maildir:${at('mail')}`,
      `log_path = ${at('log')}`,
      `info_log_path = ${at('log')}`,
      'ssl = no',
      `submission_host = 127.0.0.1:${port}`,
      'hostname = mx.mailbox.test',
      'postmaster_address = postmaster@mailbox.test',
      'protocol lda {',
      '  mail_plugins = sieve',
      '}',
      'plugin {',
      `  sieve = file:${at('script.sieve')}`,
      '}',
      '',
    ].join('\n'),
  );

  return {
    /** Delivers a message as the last step of a mail server does. Returns what was logged. */
    async deliver(message: string, from: string, to: string): Promise<string> {
      const process = spawn(LDA, ['-c', at('dovecot.conf'), '-f', from, '-a', to], {
        uid: UID,
        gid: UID,
        env: { HOME: folder, USER: 'nobody' },
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      process.stdin.end(Buffer.from(message, 'latin1'));
      const code = await new Promise((resolve) => void process.once('exit', resolve));
      const logged = await readFile(at('log'), 'utf8');
      if (code !== 0) throw new Error(`Dovecot ended with ${String(code)}: ${logged}`);
      return logged;
    },
    close: (): Promise<void> => rm(folder, { recursive: true, force: true }),
  };
}
