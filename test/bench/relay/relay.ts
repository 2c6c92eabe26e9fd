import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { freePort } from '../../free-port.ts';
import { openDnsServer, type DnsServer } from '../../mail/dns-server.ts';
import { openPostfix } from '../../mail/postfix.ts';
import { startMeasured } from '../process.ts';
import { FROM, MAILBOXES, seedAliases } from './houses.ts';
import type { Sent, Task } from './load.ts';
import { openSink } from './sink.ts';

const SELECTOR = 'bench';
const ALIAS_DOMAIN = 'relay.test';
const PEOPLE = 500;

/** A relay under measurement. Milliseconds of processor time, bytes of resident memory. */
type Relay = {
  readonly port: number;
  cpu(): number;
  memory(): number;
  /** The most memory that was resident so far. */
  stop(): Promise<void>;
};

/** What relaying some messages took. */
export type Relayed = {
  readonly accepted: number;
  readonly acceptedPerSecond: number;
  readonly relayedPerSecond: number;
  readonly cpu: number;
  readonly peak: number;
};

export type Load = { readonly size: number; readonly connections: number; readonly count: number };

const TICK = 10;

function statOf(pid: number): { parent: number; cpu: number; ended: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const sum = (from: number): number => (Number(fields[from]) + Number(fields[from + 1])) * TICK;
    return { parent: Number(fields[1]), cpu: sum(11), ended: sum(13) };
  } catch {
    return undefined;
  }
}

const memoryOf = (pid: number): number => {
  try {
    // What is its own, and its share of what several processes have together.
    return Number(/^Pss:\s+(\d+) kB/mu.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
};

/** A process and its children, those that have ended too. */
function family(pid: number): { cpu: () => number; memory: () => number } {
  const children = (): number[] =>
    readdirSync('/proc')
      .map(Number)
      .filter((one) => Number.isInteger(one) && statOf(one)?.parent === pid);
  return {
    cpu() {
      const own = statOf(pid);
      return children().reduce((sum, one) => sum + (statOf(one)?.cpu ?? 0), (own?.cpu ?? 0) + (own?.ended ?? 0));
    },
    memory: () => [pid, ...children()].reduce((sum, one) => sum + memoryOf(one), 0),
  };
}

/** Runs the source of messages in a process of its own. */
async function send(task: Task): Promise<Sent> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/bench/relay/load.ts'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(task));
  return JSON.parse(await readText(child.stdout)) as Sent;
}

async function measure(
  relay: Relay,
  sink: { count(): number; reach(count: number): Promise<void> },
  task: Omit<Task, 'port'>,
): Promise<Relayed> {
  const before = { cpu: relay.cpu(), count: sink.count() };
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, relay.memory());
  }, 100);
  const started = performance.now();
  const sent = await send({ ...task, port: relay.port });
  await sink.reach(before.count + sent.accepted);
  const ended = performance.now();
  clearInterval(look);
  if (sent.refused.length > 0) throw new Error(`not taken: ${sent.refused.join('; ')}`);
  // The source needs a while to write and sign before it begins: its own time counts, and what came after it.
  const seconds = sent.seconds + (ended - started) / 1000 - sent.elapsed;
  return {
    accepted: sent.accepted,
    acceptedPerSecond: sent.accepted / sent.seconds,
    relayedPerSecond: sent.accepted / seconds,
    cpu: (relay.cpu() - before.cpu) / sent.accepted,
    peak,
  };
}

async function startPostfix(sinkPort: number, aliases: readonly string[], folder: string): Promise<Relay> {
  const map = path.join(folder, 'aliases');
  writeFileSync(map, aliases.map((alias, number) => `${alias} person${number}@${MAILBOXES}\n`).join(''));
  const postfix = await openPostfix({
    settings: {
      virtual_mailbox_domains: '',
      virtual_alias_domains: ALIAS_DOMAIN,
      virtual_alias_maps: `texthash:${map}`,
      relayhost: `[127.0.0.1]:${sinkPort}`,
      smtpd_client_connection_count_limit: '0',
      in_flow_delay: '0',
      default_destination_concurrency_limit: '40',
    },
  });
  const { cpu, memory } = family(postfix.pid);
  return { port: postfix.port, cpu, memory, stop: () => postfix.close() };
}

async function startOurs(environment: Record<string, string>, port: number): Promise<Relay> {
  const url = `${environment['ALUCO_URL']}/.well-known/openid-configuration`;
  const { pid, stop } = await startMeasured(['dist/main.js'], environment, url);
  const { cpu, memory } = family(pid);
  return { port, cpu, memory, stop };
}

/** Says what each load took, by Postfix and by us, one after the other on the same machine. */
export async function compareRelays(
  environment: Record<string, string>,
  folder: string,
  loads: readonly Load[],
  tell: (load: Load, postfix: Relayed, ours: Relayed) => void,
): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const record = `v=DKIM1; k=rsa; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
  const dns: DnsServer = await openDnsServer({ [`${SELECTOR}._domainkey.${FROM}`]: { TXT: [record] } });
  const sink = await openSink();
  const port = await freePort();
  const ours = {
    ...environment,
    ALUCO_ALIAS_DOMAIN: ALIAS_DOMAIN,
    ALUCO_DNS: dns.address,
    ALUCO_MAIL_FROM: 'aluco@nest.test',
    ALUCO_RELAY: `127.0.0.1:${port}`,
    ALUCO_SMTP: `smtp://127.0.0.1:${sink.port}`,
  };
  try {
    const recipients = await seedAliases(ours, PEOPLE);
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const common = { recipients, domain: FROM, selector: SELECTOR, key };
    const relays = [await startPostfix(sink.port, recipients, folder), await startOurs(ours, port)] as const;
    for (const relay of relays) await measure(relay, sink, { ...common, size: 5000, connections: 8, count: 500 });
    for (const load of loads) {
      const [postfix, mine] = [
        await measure(relays[0], sink, { ...common, ...load }),
        await measure(relays[1], sink, { ...common, ...load }),
      ];
      tell(load, postfix, mine);
    }
    for (const relay of relays) await relay.stop();
  } finally {
    sink.stop();
    await dns.close();
  }
}
