import { Writable } from 'node:stream';
import type { Letter } from '../../src/accounts/accounts.ts';
import { makeLog } from '../../src/log.ts';
import { makeMail, type Mail } from '../../src/mail/mail.ts';
import { NO_METRICS } from '../../src/metrics.ts';
import type { Storage } from '../../src/storage/storage.ts';
import type { Ground } from '../engines.ts';

/** The mail of one node, on real storage, with a clock that only moves when told to. */
export type PostOffice = {
  readonly mail: Mail;
  /** Lines of the log. */
  readonly lines: string[];
  /** What became of letters, as it is counted. */
  readonly counted: string[];
  post(letter: Letter): Promise<void>;
};

export type Clock = { time: number };

type Options = {
  ground: Ground;
  clock: Clock;
  smtp: string;
  storage?: Storage;
  name?: string;
  from?: string;
  isStopping?: () => boolean;
  isSteady?: () => boolean;
  patience?: number;
};

/** Letters of every office of the run: none of its lines may hold an address or a secret. */
export const EVERY_LINE: string[] = [];

export function openPostOffice(options: Options): PostOffice {
  const { ground, clock, storage = ground.storage, patience } = options;
  const lines: string[] = [];
  const counted: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const written = chunk.toString().split('\n').filter(Boolean);
      lines.push(...written);
      EVERY_LINE.push(...written);
      done();
    },
  });
  const mail = makeMail({
    storage,
    seals: ground.seals,
    log: makeLog('trace', stream),
    now: () => clock.time,
    metrics: { ...NO_METRICS, letter: (outcome) => void counted.push(outcome) },
    config: {
      ALUCO_ALIAS_DOMAIN: 'alias.example',
      ALUCO_CONTACT: '',
      ALUCO_DNS: [],
      ALUCO_MAIL_FROM: options.from ?? 'aluco@nest.example',
      ALUCO_NAME: options.name ?? 'Le Nid des Chouettes',
      ALUCO_PRIVATE_NETWORKS: [],
      ALUCO_RELAY: '',
      ALUCO_RELAY_NAME: '',
      ALUCO_SMTP: options.smtp,
      ALUCO_URL: 'https://nest.example',
    },
    isStopping: options.isStopping ?? (() => false),
    isSteady: options.isSteady ?? (() => true),
    ...(patience === undefined ? {} : { patience }),
  });
  return { mail, lines, counted, post: (letter) => storage.write((tx) => mail.post(tx, letter)) };
}

/** A link to choose a new password. */
export const recovery = (to: string, token = 'a-token-that-nobody-knows'): Letter => ({
  kind: 'recovery',
  to,
  language: 'en',
  values: { login_name: 'alix', token },
});
