import { beforeAll, describe, expect, test } from 'vitest';
import {
  APPLICATION_DEFAULTS,
  checkSenderDomain,
  hashSecret,
  makeApplications,
  type Applications,
} from '../../src/applications/applications.ts';
import { applicationSettings, checkApplication } from '../../src/applications/settings.ts';
import { SettingsProblem, UserError } from '../../src/errors.ts';
import { randomId } from '../../src/storage/seal.ts';
import { onBothEngines } from '../engines.ts';

const settings = { ...APPLICATION_DEFAULTS, name: 'Blog', homeUrl: 'https://blog.example' };

function problemsOf(change: object): unknown[] {
  try {
    checkApplication({ ...settings, ...change });
  } catch (error) {
    if (error instanceof SettingsProblem) return error.fields.map(({ code, params }) => [code, params]);
    throw error;
  }
  return [];
}

describe('the networks of an application', () => {
  test.each(['172.18.0.5', '172.18.0.0/16', '10.0.0.0/8', '127.0.0.1', '::1', 'fd00::/48', '2001:db8::/32'])(
    '%s can be one',
    (network) => expect(problemsOf({ senderNetworks: [network] })).toEqual([]),
  );

  test.each([
    '0.0.0.0/0',
    '10.0.0.0/7',
    '::/0',
    '2001::/31',
    '10/8',
    '010.0.0.1',
    '10.0.0.1/33',
    '::ffff:10.0.0.0/104',
  ])('%s cannot', (network) =>
    expect(problemsOf({ senderNetworks: [network] })).toEqual([['network_invalid', { network }]]),
  );

  test.each(['fe80::1%eth0', 'localhost', '', '10.0.0.1 ', '10.0.0.0/8/8', '10.0.0.0/'])('nor can %j', (network) =>
    expect(problemsOf({ senderNetworks: [network] })).toHaveLength(1),
  );

  test('there are twenty at most', () => {
    const many = Array.from({ length: 21 }, (_, at) => `10.0.0.${at}`);
    expect(problemsOf({ senderNetworks: many.slice(1) })).toEqual([]);
    expect(problemsOf({ senderNetworks: many })).toHaveLength(1);
  });

  test('settings that were stored before there were any are still read', () => {
    const { senderNetworks: _, submission: __, ...before } = settings;
    expect(applicationSettings.parse(before)).toMatchObject({ senderNetworks: [], submission: [] });
  });
});

describe('a domain that is let write', () => {
  const refusal = (domain: string): string => {
    try {
      checkSenderDomain(domain);
    } catch (error) {
      if (error instanceof UserError) return error.code;
      throw error;
    }
    return 'taken';
  };

  test.each(['masto.test', 'mail.masto.test', 'shop.co.uk', 'alix.github.io'])('%s has an owner', (domain) =>
    expect(refusal(domain)).toBe('taken'),
  );

  test.each(['co.uk', 'com', 'github.io', 'localhost', '192.0.2.1', 'a b.test', ''])('%j has none', (domain) =>
    expect(refusal(domain)).toBe('sender_suffix'),
  );

  test.each(['gmail.com', 'outlook.com', 'hotmail.fr', 'laposte.net', 'mail.gmail.com', 'proton.me', 'orange.fr'])(
    'at %s anybody has an address',
    (domain) => expect(refusal(domain)).toBe('sender_anybody'),
  );
});

onBothEngines('how an application hands mail over', (ground) => {
  let applications: Applications;
  beforeAll(() => {
    applications = makeApplications({ storage: ground().storage, now: () => Date.UTC(2026, 10, 27, 23) });
  });
  const add = async (): Promise<string> => (await applications.add(settings)).id;

  test('it signs in with its id and a secret that is kept as a hash, until the credential is removed', async () => {
    const id = await add();
    const { credential, secret } = await applications.addSubmission(id);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect((await applications.get(id)).submission).toEqual([
      { id: credential.id, hash: hashSecret(secret), createdDay: '2026-11-27' },
    ]);
    expect(await applications.authenticateSubmission(id, secret)).toBe(id);
    await applications.removeSubmission(id, credential.id);
    expect(await applications.authenticateSubmission(id, secret)).toBeUndefined();
    await expect(applications.removeSubmission(id, credential.id)).rejects.toMatchObject({
      code: 'submission_unknown',
    });
  });

  test('two credentials work side by side, and there is no third', async () => {
    const id = await add();
    const [one, other] = [await applications.addSubmission(id), await applications.addSubmission(id)];
    expect(await applications.authenticateSubmission(id, one.secret)).toBe(id);
    expect(await applications.authenticateSubmission(id, other.secret)).toBe(id);
    await expect(applications.addSubmission(id)).rejects.toMatchObject({ code: 'submission_full' });
  });

  test('A77: neither another’s secret, nor a hash, nor nothing signs in', async () => {
    const [blog, wiki] = [await add(), await add()];
    const { secret } = await applications.addSubmission(blog);
    for (const [user, password] of [
      [wiki, secret],
      [blog, hashSecret(secret)],
      [blog, ''],
      [blog, `${secret} `],
      [randomId(), secret],
      ['', ''],
      ['a\0b', secret],
      [`${blog}\0`, secret],
      ['-', secret],
    ] as const) {
      expect(await applications.authenticateSubmission(user, password)).toBeUndefined();
    }
  });

  test('two nodes that make credentials at once make no third', async () => {
    const id = await add();
    const other = makeApplications({ storage: ground().storage });
    const made = await Promise.allSettled(
      [applications, other, applications, other].map((node) => node.addSubmission(id)),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect((await applications.get(id)).submission).toHaveLength(2);
  });

  test('whoever saves the settings neither brings a credential nor takes one away', async () => {
    const { id, ...before } = await applications.add({
      ...settings,
      submission: [{ id: 'x', hash: hashSecret('x'), createdDay: '2026-01-01' }],
    });
    expect(before.submission).toEqual([]);
    const { credential } = await applications.addSubmission(id);
    const forged = { id: 'forged', hash: hashSecret('forged'), createdDay: '2026-11-27' };
    const changed = await applications.change(id, { ...before, quota: 2, submission: [forged] });
    expect(changed.submission).toEqual([credential]);
    expect(await applications.get(id)).toMatchObject({ quota: 2, submission: [credential] });
  });

  test('senders are changed, allowed one by one, and known by machine', async () => {
    const id = await add();
    await applications.changeSenders(id, { senderDomains: ['blog.example'], senderNetworks: ['172.30.0.0/16'] });
    await applications.allowSender(id, 'mail.example');
    await applications.allowSender(id, 'mail.example');
    expect(await applications.get(id)).toMatchObject({
      quota: settings.quota,
      senderDomains: ['blog.example', 'mail.example'],
      senderNetworks: ['172.30.0.0/16'],
    });
    expect(await applications.knowsMachine('172.30.7.7')).toBe(true);
    expect(await applications.knowsMachine('172.31.7.7')).toBe(false);
    await expect(applications.allowSender(id, 'gmail.com')).rejects.toMatchObject({ code: 'sender_anybody' });
    await expect(applications.changeSenders('nobody', { senderDomains: [], senderNetworks: [] })).rejects.toMatchObject(
      {
        code: 'application_unknown',
      },
    );
  });
});
