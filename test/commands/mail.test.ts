import { afterEach, expect, test } from 'vitest';
import { setQuiet } from '../../src/storage/quiet.ts';
import { aluco } from '../aluco.ts';
import { freePort } from '../free-port.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function open(smtp: string): Promise<House> {
  const house = await openHouse({ settings: { ALUCO_SMTP: smtp, ALUCO_MAIL_FROM: 'aluco@nest.example' } });
  closing.push(() => house.close());
  return house;
}

async function openHost(options: Parameters<typeof openMailCatcher>[0] = {}): Promise<MailCatcher> {
  const catcher = await openMailCatcher(options);
  closing.push(() => catcher.close());
  return catcher;
}

const ODILE = 'odile@home.example';

/** The doctor's line about mail. */
async function diagnosis({ environment }: House): Promise<string> {
  const { said } = await aluco(environment, ['doctor']);
  return said.find((line) => line.slice(9).startsWith('mail:')) ?? '';
}

test('a letter is sent at once, though the instance is quiet, and the answer of the smart host is told', async () => {
  const host = await openHost();
  const house = await open(host.smtp);
  await setQuiet(house.parts.storage, true);
  const { status, said } = await aluco(house.environment, ['mail', 'test', ODILE]);
  expect([status, said]).toEqual([0, [expect.stringMatching(/^The smart host took it: 250 /u)]]);
  expect((await host.next(ODILE)).subject).toBe('A test from Aluco');
  expect(await house.parts.mail.waiting()).toBe(0);
});

test('a refusal is told with its words, and what may be done', async () => {
  const refused = Object.assign(new Error('5.7.1 no such person'), { responseCode: 550 });
  const host = await openHost({ onRcptTo: (_address, _session, callback) => callback(refused) });
  const { environment } = await open(host.smtp);
  const { status, complained } = await aluco(environment, ['mail', 'test', ODILE]);
  expect(status).toBe(1);
  expect(complained[0]).toMatch(/^The smart host did not take it \(550\): .*no such person/u);
  expect(complained[1]).toMatch(/ALUCO_MAIL_FROM/u);
});

test('a smart host that is not there is told of', async () => {
  const { environment } = await open(`smtp://127.0.0.1:${await freePort()}`);
  const { status, complained } = await aluco(environment, ['mail', 'test', ODILE]);
  expect([status, complained[0], complained[1]]).toEqual([
    1,
    expect.stringContaining('did not take it (E'),
    expect.stringContaining('ALUCO_SMTP'),
  ]);
});

test('without a smart host, or with what is no address, nothing is sent', async () => {
  const host = await openHost();
  const { environment } = await open(host.smtp);
  expect((await aluco({ ...environment, ALUCO_SMTP: '' }, ['mail', 'test', ODILE])).complained).toEqual([
    'ALUCO_SMTP is empty: this instance sends no mail.',
  ]);
  for (const wrong of ['odile', 'a@b,c@d', 'a@b\r\nDATA']) {
    expect((await aluco(environment, ['mail', 'test', wrong])).status).toBe(2);
  }
  expect(host.letters).toEqual([]);
});

test('the doctor asks the smart host, sends nothing, and says how many letters wait', async () => {
  const host = await openHost();
  const house = await open(host.smtp);
  const { mail, storage } = house.parts;
  await storage.write((tx) =>
    mail.post(tx, { kind: 'gone', to: ODILE, language: 'fr', values: { login_name: 'odile' } }),
  );
  expect(await diagnosis(house)).toBe(
    `ok       mail: The smart host 127.0.0.1, port ${host.port}, would take letters. Letters that wait: 1.`,
  );
  expect(host.letters).toEqual([]);
});

test('the doctor says what is wrong with the smart host, and repeats no password', async () => {
  const refused = Object.assign(new Error('no'), { responseCode: 535 });
  const host = await openHost({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: (_auth, _session, callback) => callback(refused),
  });
  const line = await diagnosis(await open(host.smtp.replace('//', '//odile:s3cret@')));
  expect(line).toMatch(/^problem {2}mail: .*\(EAUTH 535\).*%40/u);
  expect(line).not.toMatch(/odile|s3cret/u);
  const away = await diagnosis(await open(`smtp://127.0.0.1:${await freePort()}`));
  expect(away).toMatch(/^problem {2}mail: .*takes no letters \(E[A-Z]+\)/u);
});

test('the doctor of a house without mail says what that means', async () => {
  const house = await openHouse();
  closing.push(() => house.close());
  expect(await diagnosis(house)).toMatch(/^ok .*None is sent: ALUCO_SMTP is empty/u);
});

test('forwarded mail is held back and let go by a command, on every node, and tried when asked for', async () => {
  const house = await open('');
  const { steering } = house.parts.relay;
  const pause = async (...words: string[]) => (await aluco(house.environment, ['mail', 'pause', ...words])).said;
  expect(await pause()).toEqual(['off']);
  expect(await pause('on')).toEqual(['on']);
  expect(await steering.isPaused()).toBe(true);
  expect((await aluco(house.environment, ['mail', 'queue'])).said).toContain('paused yes');
  expect(await pause('off')).toEqual(['off']);
  expect(await steering.isPaused()).toBe(false);
  expect((await aluco(house.environment, ['mail', 'pause', 'soon'])).status).toBe(2);
  expect(await steering.retryAskedAt()).toBe(0);
  const before = Date.now();
  expect((await aluco(house.environment, ['mail', 'retry'])).status).toBe(0);
  expect(await steering.retryAskedAt()).toBeGreaterThanOrEqual(before);
});

test('the queue says how much waits, and nothing of for whom', async () => {
  const house = await open('');
  const { status, said } = await aluco(house.environment, ['mail', 'queue']);
  expect([status, said]).toEqual([
    0,
    ['waiting 0', 'held for their owners 0', 'not delivered, kept for their owners 0', 'paused no'],
  ]);
});
