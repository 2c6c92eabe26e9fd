import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Kinds of addresses, by what they cost and whom they serve. */
export type Route =
  'assets' | 'authorize' | 'token' | 'userinfo' | 'protocol' | 'journey' | 'admin' | 'watch' | 'portal';

/** What is looked up at the moment somebody reads. */
export type Seen = {
  readonly hashes: { hashed: number; verified: number; refused: number; inside: number };
  /** Logout messages waiting to leave; undefined where that cannot be read now. */
  readonly logoutsWaiting: number | undefined;
  /** Letters waiting to leave; undefined where that cannot be read now. */
  readonly lettersWaiting: number | undefined;
  /** Messages of the mail relay that are kept, by how they do; undefined where that cannot be read now. */
  readonly relayed: { readonly waiting: number; readonly held: number; readonly failed: number } | undefined;
  readonly databaseLost: boolean;
};

/**
 * Counts what happens. Nothing personal; labels come from short fixed lists, but for the ids of applications: callers
 * name one that exists, or none (''). `undefined` is the portal.
 */
export type Metrics = {
  signIn(applicationId: string | undefined, outcome: 'begun' | 'done' | 'refused', code?: string): void;
  /** An answer of the token endpoint; `error` where it was a refusal. */
  token(applicationId: string, grant: string, error?: string): void;
  request(route: Route, status: number, seconds: number): void;
  job(name: string, ok: boolean): void;
  logout(outcome: 'sent' | 'failed' | 'given_up'): void;
  /** What became of a letter: `failed` ones are tried again, `refused` ones never. */
  letter(outcome: 'sent' | 'failed' | 'given_up' | 'refused'): void;
  /** Somebody connected to hand mail over; `refused` where the dialogue was not even begun. */
  relayConnection(outcome: 'taken' | 'refused'): void;
  /** What was answered to a message after DATA: 250, 4xx (`later`) or 5xx. */
  relayMessage(outcome: 'taken' | 'later' | 'refused'): void;
  /** What became of a message that was taken, for one recipient. */
  relayDelivery(kind: 'forward' | 'reply' | 'administrators', outcome: 'delivered' | 'put_off' | 'failed'): void;
  /** A write to the database begins; call what is returned when it has ended. */
  write(): () => void;
  /** All of it in Prometheus' text format. */
  render(seen: Seen): Promise<{ type: string; text: string }>;
};

/** Counts nothing: where nobody may read it, nothing is kept either. */
export const NO_METRICS: Metrics = {
  signIn: () => undefined,
  token: () => undefined,
  request: () => undefined,
  job: () => undefined,
  logout: () => undefined,
  letter: () => undefined,
  relayConnection: () => undefined,
  relayMessage: () => undefined,
  relayDelivery: () => undefined,
  write: () => () => undefined,
  render: async () => ({ type: 'text/plain', text: '' }),
};

/**
 * Counts of one application become visible at whole ten minutes: two counters that move in the same second would tell
 * who reads them that somebody was at both applications (P1).
 */
const GRAIN = 600_000;
/** More applications than this are counted together (P8). */
const MOST_APPLICATIONS = 200;

const CODES = new Set([
  'access_denied',
  'application_unknown',
  'busy',
  'consent_required',
  'credentials_wrong',
  'entry_refused',
  'interaction_required',
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'login_required',
  'other_profile',
  'profile_unavailable',
  'quota_full',
  'temporarily_unavailable',
  'try_later',
  'unavailable',
]);
const GRANTS = new Set(['authorization_code', 'refresh_token']);
const coarseCode = (code: string): string => (CODES.has(code) ? code : 'other');

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const WRITE_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];

function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

/**
 * The counters, from a library that is loaded only here: an instance that nobody measures does without it.
 * `now` in milliseconds.
 */
export async function makeMetrics(now: () => number): Promise<Metrics> {
  const { Counter, Gauge, Histogram, Registry } = await import('prom-client');
  const registers = [new Registry()];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name: `aluco_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name, help, labelNames, registers });

  const all = {
    signIns: counter('sign_ins_total', 'Sign-ins, at once.', ['outcome']),
    begun: counter('application_sign_ins_begun_total', 'Sign-ins begun; moves every ten minutes.', ['application']),
    done: counter('application_sign_ins_done_total', 'Sign-ins finished; moves every ten minutes.', ['application']),
    refused: counter('application_sign_ins_refused_total', 'Sign-ins refused, by reason; moves every ten minutes.', [
      'application',
      'code',
    ]),
    tokens: counter('application_tokens_total', 'Answers with tokens; moves every ten minutes.', [
      'application',
      'grant',
    ]),
    tokensRefused: counter('application_tokens_refused_total', 'Refusals of tokens; moves every ten minutes.', [
      'application',
      'code',
    ]),
    requests: counter('http_requests_total', 'Answers by kind of address and class of status.', ['route', 'status']),
    seconds: new Histogram({
      name: 'aluco_http_request_seconds',
      help: 'How long answers took.',
      labelNames: ['route'],
      buckets: REQUEST_SECONDS,
      registers,
    }),
    jobs: counter('job_runs_total', 'Runs of the jobs of the clock.', ['job', 'outcome']),
    logouts: counter('logout_messages_total', 'Logout messages by what became of them.', ['outcome']),
    logoutsWaiting: gauge('aluco_logout_messages_waiting', 'Logout messages waiting to leave.'),
    letters: counter('letters_total', 'Letters by what became of them.', ['outcome']),
    relayConnections: counter('relay_connections_total', 'Connections to the mail relay.', ['outcome']),
    relayMessages: counter('relay_messages_total', 'Messages to the mail relay by what was answered.', ['outcome']),
    relayDeliveries: counter('relay_deliveries_total', 'What became of messages of the mail relay.', [
      'kind',
      'outcome',
    ]),
    lettersWaiting: gauge('aluco_letters_waiting', 'Letters waiting to leave.'),
    relayed: gauge('aluco_relay_kept', 'Messages of the mail relay that are kept, by how they do.', ['state']),
    hashes: counter('password_hashes_total', 'Password hashes done or refused.', ['kind']),
    hashing: gauge('aluco_password_hashes_inside', 'Password hashes running or waiting.'),
    writes: new Histogram({
      name: 'aluco_database_write_seconds',
      help: 'From asking for a write to its end.',
      buckets: WRITE_SECONDS,
      registers,
    }),
    writing: gauge('aluco_database_writes_waiting', 'Writes asked for and not yet ended.'),
    lost: gauge('aluco_database_lost', '1 while the database cannot be used.'),
    memory: gauge('process_resident_memory_bytes', 'Memory that is resident.'),
    cpu: new Counter({ name: 'process_cpu_seconds_total', help: 'Processor time used.', registers }),
    started: gauge('process_start_time_seconds', 'When the process started.'),
    files: gauge('process_open_fds', 'Open files and connections.'),
    handles: gauge('nodejs_active_resources', 'What keeps the event loop alive.'),
    delay: gauge('nodejs_eventloop_lag_seconds', 'Delay of the event loop since the last reading.', ['quantile']),
  };
  all.started.set(Math.floor((now() - process.uptime() * 1000) / 1000));
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();

  const applications = new Set<string>();
  function labelOf(id: string | undefined): string {
    if (id === undefined) return 'portal';
    if (id === '') return 'other';
    if (!applications.has(id)) {
      if (applications.size >= MOST_APPLICATIONS) return 'other';
      applications.add(id);
    }
    return id;
  }

  type Labels = Record<string, string>;
  type Coarse = 'begun' | 'done' | 'refused' | 'tokens' | 'tokensRefused';
  const pending = new Map<string, { which: Coarse; labels: Labels; count: number }>();
  let shown = Math.floor(now() / GRAIN);
  function later(which: Coarse, labels: Labels): void {
    const key = [which, ...Object.values(labels)].join(' ');
    const entry = pending.get(key) ?? { which, labels, count: 0 };
    entry.count += 1;
    pending.set(key, entry);
  }
  function show(): void {
    const window = Math.floor(now() / GRAIN);
    if (window === shown) return;
    shown = window;
    for (const { which, labels, count } of pending.values()) (all[which] as CounterOf).inc(labels, count);
    pending.clear();
  }

  const reached = new Map<CounterOf, Record<string, number>>();
  /** Brings a counter to what was counted elsewhere. */
  function grow(which: CounterOf, labels: Labels, to: number): void {
    const before = reached.get(which) ?? {};
    const key = Object.values(labels).join(' ');
    which.inc(labels, Math.max(0, to - (before[key] ?? 0)));
    reached.set(which, { ...before, [key]: to });
  }

  return {
    signIn(applicationId, outcome, code = 'other') {
      all.signIns.inc({ outcome });
      const application = labelOf(applicationId);
      later(outcome, outcome === 'refused' ? { application, code: coarseCode(code) } : { application });
    },
    token(applicationId, grant, error) {
      const application = labelOf(applicationId);
      if (error === undefined) later('tokens', { application, grant: GRANTS.has(grant) ? grant : 'other' });
      else later('tokensRefused', { application, code: coarseCode(error) });
    },
    request(route, status, seconds) {
      all.requests.inc({ route, status: `${Math.floor(status / 100)}xx` });
      all.seconds.observe({ route }, seconds);
    },
    job: (job, ok) => all.jobs.inc({ job, outcome: ok ? 'ok' : 'failed' }),
    logout: (outcome) => all.logouts.inc({ outcome }),
    letter: (outcome) => all.letters.inc({ outcome }),
    relayConnection: (outcome) => all.relayConnections.inc({ outcome }),
    relayMessage: (outcome) => all.relayMessages.inc({ outcome }),
    relayDelivery: (kind, outcome) => all.relayDeliveries.inc({ kind, outcome }),
    write() {
      const asked = performance.now();
      all.writing.inc();
      return () => {
        all.writing.dec();
        all.writes.observe((performance.now() - asked) / 1000);
      };
    },
    async render({ hashes: { inside, ...hashes }, logoutsWaiting, lettersWaiting, relayed, databaseLost }) {
      show();
      for (const [kind, count] of Object.entries(hashes)) grow(all.hashes, { kind }, count);
      all.hashing.set(inside);
      all.logoutsWaiting.set(logoutsWaiting ?? Number.NaN);
      all.lettersWaiting.set(lettersWaiting ?? Number.NaN);
      for (const state of ['waiting', 'held', 'failed'] as const)
        all.relayed.set({ state }, relayed?.[state] ?? Number.NaN);
      all.lost.set(databaseLost ? 1 : 0);
      all.memory.set(process.memoryUsage.rss());
      const { user, system } = process.cpuUsage();
      grow(all.cpu, {}, (user + system) / 1_000_000);
      all.files.set(openFiles());
      all.handles.set(process.getActiveResourcesInfo().length);
      for (const quantile of [50, 99, 100]) {
        all.delay.set({ quantile: String(quantile / 100) }, delay.percentile(quantile) / 1e9);
      }
      delay.reset();
      const [register] = registers;
      return { type: register?.contentType ?? 'text/plain', text: (await register?.metrics()) ?? '' };
    },
  };
}

type CounterOf = { inc(labels: Record<string, string>, value: number): void };
