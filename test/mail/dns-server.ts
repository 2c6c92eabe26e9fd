import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, type Answer, type Question } from 'dns-packet';

/** What one name of the zone has. `fails`: every question about it is answered so, or not at all. */
export type Records = {
  /** Each is one record; one longer than 255 octets goes out in several strings. */
  TXT?: readonly string[];
  MX?: readonly { exchange: string; priority: number }[];
  A?: readonly string[];
  AAAA?: readonly string[];
  PTR?: readonly string[];
  fails?: 'SERVFAIL' | 'silence';
};

/** Names in small letters, without the last dot. A name that is not there does not exist (NXDOMAIN). */
export type Zone = Record<string, Records>;

/** A DNS server on loopback. */
export type DnsServer = {
  /** For `ALUCO_DNS` and `makeDns`. */
  readonly address: string;
  /** What it answers from; a test may change it. */
  readonly zone: Zone;
  /** Every question that came, as `TXT name`. */
  readonly questions: readonly string[];
  close(): Promise<void>;
};

const NO_ERROR = 0;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const AUTHORITATIVE = 0x0400;
const TTL = 60;

const strings = (text: string): string[] => text.match(/[^]{1,255}/gu) ?? [''];

function answersTo({ name, type }: Question, records: Records): Answer[] {
  const common = { name, ttl: TTL };
  if (type === 'TXT') return (records.TXT ?? []).map((text) => ({ ...common, type, data: strings(text) }));
  if (type === 'MX') {
    return (records.MX ?? []).map(({ exchange, priority }) => ({
      ...common,
      type,
      data: { exchange, preference: priority },
    }));
  }
  if (type === 'A' || type === 'AAAA' || type === 'PTR') {
    return (records[type] ?? []).map((data) => ({ ...common, type, data }));
  }
  return [];
}

/** The name under which the names of an IPv4 address are asked for. */
export const reverseOf = (address: string): string => `${address.split('.').toReversed().join('.')}.in-addr.arpa`;

/** Opens one on any free port of 127.0.0.1. */
export async function openDnsServer(zone: Zone = {}): Promise<DnsServer> {
  const questions: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (packet, peer) => {
    const { id, questions: asked = [] } = decode(packet);
    const [question] = asked;
    if (question === undefined) return;
    const name = question.name.toLowerCase();
    questions.push(`${question.type} ${name}`);
    const records = zone[name];
    if (records?.fails === 'silence') return;
    const code = records === undefined ? NXDOMAIN : records.fails === 'SERVFAIL' ? SERVFAIL : NO_ERROR;
    const answers = records === undefined || code !== NO_ERROR ? [] : answersTo(question, records);
    const flags = AUTHORITATIVE | code;
    socket.send(
      encode({ type: 'response', id: id ?? 0, flags, questions: [question], answers }),
      peer.port,
      peer.address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    zone,
    questions,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
