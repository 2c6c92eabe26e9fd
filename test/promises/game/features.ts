import type { Sight } from './sights.ts';
import { dayIn, timeIn } from './times.ts';
import type { World } from './world.ts';

/** What can be measured of a world, by name. */
export type Features = ReadonlyMap<string, number>;

/** A field is compared by so many of its values at most. */
const MOST_VALUES = 16;

type Timed = { readonly at: number; readonly value: Sight['value'] };

const closeness = (distance: number): number => Math.log2(1 + Math.abs(distance));

/** The least distance between two numbers of two lists. */
function least(first: readonly number[], second: readonly number[]): number | undefined {
  const distances = first.flatMap((one) => second.map((other) => Math.abs(one - other)));
  return distances.length === 0 ? undefined : Math.min(...distances);
}

/** How many characters two texts begin with alike. */
function sameBeginning(one: string, other: string): number {
  let length = 0;
  while (length < Math.min(one.length, other.length) && one[length] === other[length]) length += 1;
  return length;
}

/** What a text would be as a number, if it began with one in hexadecimal digits, or else in all letters and digits. */
function asNumber(text: string): number {
  const digits = /^[\da-f]{12}/u.exec(text.replaceAll('-', ''))?.[0];
  if (digits !== undefined) return Number.parseInt(digits, 16);
  return [...Buffer.from(text, 'base64url').subarray(0, 6)].reduce((number, byte) => number * 256 + byte, 0);
}

/** When a value was another one than the time before. */
function changesOf(values: readonly Timed[]): number[] {
  return values.filter(({ value }, at) => at > 0 && value !== values[at - 1]?.value).map(({ at }) => at / 1000);
}

function setOf(values: readonly Timed[]): Set<Sight['value']> {
  return new Set(values.map(({ value }) => value));
}

function compareNumbers(name: string, ofP: readonly number[], ofQ: readonly number[], to: Map<string, number>): void {
  const distance = least(ofP.slice(0, MOST_VALUES), ofQ.slice(0, MOST_VALUES));
  if (distance === undefined) return;
  to.set(`${name}: least distance`, closeness(distance));
  to.set(`${name}: which first`, Math.sign((ofP[0] ?? 0) - (ofQ[0] ?? 0)));
  to.set(`${name}: last distance`, closeness((ofP.at(-1) ?? 0) - (ofQ.at(-1) ?? 0)));
}

function compareTexts(name: string, ofP: readonly string[], ofQ: readonly string[], to: Map<string, number>): void {
  const [first, second] = [ofP.slice(0, MOST_VALUES), ofQ.slice(0, MOST_VALUES)];
  const lengths = [first, second].map((texts) => texts.map(({ length }) => length));
  to.set(`${name}: distance of lengths`, least(lengths[0] ?? [], lengths[1] ?? []) ?? 0);
  const pairs = first.flatMap((one) => second.map((other) => [one, other] as const));
  to.set(`${name}: same beginning`, Math.max(...pairs.map(([one, other]) => sameBeginning(one, other))));
  const numbers = least(first.map(asNumber), second.map(asNumber)) ?? 0;
  to.set(`${name}: distance as numbers`, closeness(numbers));
}

/** One field, as it is for the two profiles. */
function compare(name: string, ofP: readonly Timed[], ofQ: readonly Timed[], to: Map<string, number>): void {
  to.set(`${name}: how often for p`, ofP.length);
  to.set(`${name}: how often for q`, ofQ.length);
  to.set(`${name}: difference of how often`, ofP.length - ofQ.length);
  if (ofP.length === 0 || ofQ.length === 0) return;
  to.set(`${name}: last is the same`, Number(ofP.at(-1)?.value === ofQ.at(-1)?.value));
  const [setP, setQ] = [setOf(ofP), setOf(ofQ)];
  const shared = [...setP].filter((value) => setQ.has(value)).length;
  to.set(`${name}: how much is the same`, shared / (setP.size + setQ.size - shared));
  compareNumbers(`${name}: when it changed`, changesOf(ofP), changesOf(ofQ), to);
  for (const [who, values] of [
    ['p', ofP],
    ['q', ofQ],
  ] as const) {
    const last = values.at(-1)?.value;
    if (typeof last === 'number' && timeIn(last) === undefined) to.set(`${name}: for ${who}`, last);
  }
  const measured = (values: readonly Timed[]): number[] =>
    values.flatMap(({ value }) => timeIn(value) ?? dayIn(value) ?? (typeof value === 'number' ? value : []));
  compareNumbers(name, measured(ofP), measured(ofQ), to);
  const written = (values: readonly Timed[]): string[] =>
    values.flatMap(({ value }) => (typeof value === 'string' ? value : []));
  if (written(ofP).length > 0 && written(ofQ).length > 0) compareTexts(name, written(ofP), written(ofQ), to);
}

/** What may be a word or a few, and is no random value. */
const WORDS = /^[\p{L}\p{P} ]{1,60}$/u;

/** Which words stand where: for one profile, for both, about neither. */
function words(sights: readonly Sight[], to: Map<string, number>): void {
  for (const { side, source, field, value } of sights) {
    if (typeof value !== 'number') {
      if (WORDS.test(String(value))) to.set(`${source}.${field} is ${value} for ${side}`, 1);
    } else if (side === 'neither') to.set(`${source}.${field} of neither`, value);
  }
}

/** How close in time things came about the two profiles: what was sent, and what changed. */
function moments(sights: readonly Sight[], to: Map<string, number>): void {
  const of = (side: Sight['side'], isPushed: boolean): number[] => [
    ...new Set(sights.filter((sight) => sight.side === side && sight.isPushed === isPushed).map(({ at }) => at / 1000)),
  ];
  compareNumbers('what was sent', of('p', true), of('q', true), to);
  compareNumbers('what was asked for', of('p', false), of('q', false), to);
  compareNumbers('what was sent after what was asked for', of('p', false), of('q', true), to);
  compareNumbers('what was asked for after what was sent', of('p', true), of('q', false), to);
}

/** Names come up in many worlds: each is kept once. */
const known = new Map<string, string>();

function kept(name: string): string {
  const one = known.get(name) ?? name;
  known.set(one, one);
  return one;
}

/** All that can be measured of a world without knowing whose its profiles are. */
export function featuresOf({ sights, script }: World): Features {
  const to = new Map<string, number>([['applications', script.applications === 'one' ? 1 : 2]]);
  const fields = new Map<string, { p: Timed[]; q: Timed[] }>();
  for (const { side, source, field, value, at } of sights) {
    if (side === 'neither') continue;
    const name = `${source}.${field}`;
    const both = fields.get(name) ?? { p: [], q: [] };
    both[side].push({ at, value });
    fields.set(name, both);
  }
  for (const [name, { p, q }] of fields) compare(name, p, q, to);
  words(sights, to);
  moments(sights, to);
  return new Map([...to].map(([name, value]) => [kept(name), value]));
}
