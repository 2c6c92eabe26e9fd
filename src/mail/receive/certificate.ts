import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { describeError, type Log } from '../../log.ts';

/** The certificate for STARTTLS, from files that somebody renews now and then. */
export type Certificate = {
  /** Whether the settings name one. */
  readonly isConfigured: boolean;
  /** As PEM; undefined where none is configured or none could be read yet. The same object while it is the same. */
  current(): { readonly cert: string; readonly key: string } | undefined;
};

/**
 * Looks at the files whenever it is asked, so a new certificate is there with the next handshake, and connections that
 * stand are not touched. One that cannot be used, or does not fit its key (one of the two files is written first), is
 * said in the log once and leaves the one before.
 */
export function makeCertificate({ cert, key, log }: { cert: string; key: string; log: Log }): Certificate {
  const isConfigured = cert !== '' && key !== '';
  let pair: { cert: string; key: string } | undefined;
  let seen = '';

  function stateOf(file: string): string {
    try {
      const { ino, size, mtimeMs } = statSync(file);
      return `${ino} ${size} ${mtimeMs}`;
    } catch (error) {
      return String((error as NodeJS.ErrnoException).code);
    }
  }

  function look(): void {
    const state = `${stateOf(cert)} ${stateOf(key)}`;
    if (state === seen) return;
    seen = state;
    try {
      const read = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
      createSecureContext(read);
      pair = read;
      log.info({ event: 'relay_certificate_read' });
    } catch (error) {
      log.error({ event: 'relay_certificate_bad', isKept: pair !== undefined, ...describeError(error) });
    }
  }

  return {
    isConfigured,
    current() {
      if (isConfigured) look();
      return pair;
    },
  };
}
