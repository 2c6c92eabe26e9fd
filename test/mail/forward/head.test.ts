import { afterAll, beforeAll, expect, test } from 'vitest';
import { fc } from '../../properties.ts';
import { addressesIn, type Mailbox } from '../../../src/mail/addresses.ts';
import { randomId } from '../../../src/storage/seal.ts';
import { openGround, type Ground } from '../../engines.ts';
import { leaksIn, sharedTokens } from '../outgoing.ts';
import { ALIAS, ALIAS_DOMAIN, lines, META, openForwarding, OTHER_ALIAS, RELAY_NAME } from './forwarding.ts';

let ground: Ground;
beforeAll(async () => {
  ground = await openGround('sqlite');
});
afterAll(() => ground.close());

const open = () => openForwarding(ground);

const PLAIN = [
  'Received: from web.masto.example ([10.1.2.3]) by mail.masto.example with ESMTP id 4711; Fri, 27 Nov 2026 09:30:11 +0000',
  'From: Masto <notify@masto.example>',
  `To: ${ALIAS}`,
  'Subject: Bruno follows you now',
  'Date: Fri, 27 Nov 2026 10:30:10 +0100',
  'Message-ID: <4711@masto.example>',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=UTF-8',
  'Content-Transfer-Encoding: 8bit',
];

/** The mailboxes in the values of a field. */
const people = (values: readonly string[]): Mailbox[] => values.flatMap(addressesIn);

test('F1: a plain notification arrives from an address that stands for its writer, and to the alias as it was', async () => {
  const { forward, correspondents, profileId } = open();
  const { values, parsed, names } = await forward(lines(...PLAIN));
  const writer = await correspondents.known(profileId, 'notify@masto.example');
  expect(values('from')).toEqual([`"Masto (masto.example)" <${writer?.local}@${ALIAS_DOMAIN}>`]);
  expect(values('to')).toEqual([`<${ALIAS}>`]);
  expect(values('subject')).toEqual(['Bruno follows you now']);
  expect(values('date')).toEqual(['Fri, 27 Nov 2026 10:30:10 +0100']);
  expect(names).not.toContain('reply-to');
  expect(parsed.from?.value).toEqual([{ address: `${writer?.local}@${ALIAS_DOMAIN}`, name: 'Masto (masto.example)' }]);
  expect(parsed.subject).toBe('Bruno follows you now');
});

test('F1: what passes is what is named, in whatever case it is written, and nothing else', async () => {
  const { forward } = open();
  const { names } = await forward(
    lines(
      ...PLAIN.map((field) => field.replace(/^[^:]+/u, (name) => name.toUpperCase())),
      'In-Reply-To: <1@masto.example>',
      'References: <1@masto.example>',
      'Content-Language: fr',
      'List-ID: <notifications.masto.example>',
      'Auto-Submitted: auto-generated',
      'Precedence: bulk',
      'Importance: low',
      'Sender: jobs@masto.example',
      'Bcc: x@masto.example',
      'Resent-From: x@masto.example',
      'Return-Path: <bounces@masto.example>',
      'X-Mailer: Masto 5',
      'X-Whatever: yes',
      'Something-New: yes',
      'Autocrypt: addr=notify@masto.example; keydata=AAAA',
      'DKIM-Signature: v=1; a=rsa-sha256; d=masto.example; s=1; h=from; bh=; b=',
      'Feedback-ID: 1:2:3',
      'Errors-To: x@masto.example',
      'Organization: Masto',
      'User-Agent: Masto',
    ),
  );
  expect(names).toEqual([
    'authentication-results',
    'received',
    'from',
    'to',
    'date',
    'message-id',
    'subject',
    'in-reply-to',
    'references',
    'mime-version',
    'content-type',
    'content-transfer-encoding',
    'content-language',
    'list-id',
    'auto-submitted',
    'precedence',
    'importance',
    'x-auto-response-suppress',
  ]);
});

test('F2: what the mailbox could bounce to, answer or count stands nowhere: no return path, and no number', async () => {
  const { forward } = open();
  const { text, names } = await forward(lines(`Return-Path: <x@masto.example>`, ...PLAIN), {
    returnLocal: 'rrrrrrrrrrrrrrrrrrrr',
  });
  expect(names).not.toContain('return-path');
  expect(text).not.toContain('rrrrrrrrrrrrrrrrrrrr');
  expect(text).not.toContain('bounces+77');
});

test.each([
  'Disposition-Notification-To: notify@masto.example',
  'Disposition-Notification-Options: signed-receipt-protocol=optional,pkcs7-signature',
  'Return-Receipt-To: notify@masto.example',
  'Return-Receipt-Requested: yes',
  'X-Confirm-Reading-To: notify@masto.example',
  'X-Pmrqc: 1',
  'Generate-Delivery-Report: yes',
  'Original-Recipient: rfc822;notify@masto.example',
  'Prevent-NonDelivery-Report: no',
  'Read-Receipt-To: notify@masto.example',
  'Acknowledge-To: <notify@masto.example>',
])('F11: a wish for a receipt does not pass: %s', async (field) => {
  const { forward } = open();
  const without = await forward(lines(...PLAIN));
  const { names, text } = await forward(lines(...PLAIN, field));
  expect(names).toEqual(without.names);
  expect(text).not.toContain('notify@masto.example');
});

test('F15: unsubscribing by mail, which the mailbox would send, does not pass', async () => {
  const { forward } = open();
  const { names, text } = await forward(
    lines(
      ...PLAIN,
      'List-Unsubscribe: <mailto:u@masto.example?subject=x>',
      'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
    ),
  );
  expect(names.filter((name) => name.startsWith('list-'))).toEqual([]);
  expect(text).not.toContain('mailto');
});

test('F16: unsubscribing at a web address passes as the application wrote it, with the word that one POST is enough', async () => {
  const { forward } = open();
  const { values } = await forward(
    lines(
      ...PLAIN,
      'List-Unsubscribe: <mailto:u@masto.example>, (the web) <https://masto.example/u/1?token=a,b>,',
      ' <http://masto.example/u/1>, <javascript:alert(1)>, <https://masto.example/u/2>, <https://masto.example/u/3>',
      'List-Unsubscribe-Post: list-unsubscribe=one-click',
    ),
  );
  expect(values('list-unsubscribe')).toEqual(['<https://masto.example/u/1?token=a,b>, <https://masto.example/u/2>']);
  expect(values('list-unsubscribe-post')).toEqual(['List-Unsubscribe=One-Click']);
});

test.each([
  'List-Post: <mailto:list@masto.example>',
  'List-Owner: <mailto:owner@masto.example>',
  'List-Subscribe: <mailto:join@masto.example>',
  'List-Help: <mailto:help@masto.example>',
  'List-Archive: <https://masto.example/archive>',
  'Mail-Followup-To: list@masto.example',
  'Mail-Reply-To: list@masto.example',
  'Followup-To: poster',
  'Reply-By: Fri, 27 Nov 2026 10:30:10 +0100',
])('F17: another way to have an answer leave does not pass: %s', async (field) => {
  const { forward } = open();
  const without = await forward(lines(...PLAIN));
  const { names } = await forward(lines(...PLAIN, field));
  expect(names).toEqual(without.names);
});

test('F18: two who are to be answered get an address each, and more than five none', async () => {
  const { forward, correspondents, profileId } = open();
  const { values, parsed } = await forward(
    lines(...PLAIN, 'Reply-To: "Bruno, of Masto" <reply+abc@masto.example>, help@support.example'),
  );
  const bruno = await correspondents.known(profileId, 'reply+abc@masto.example');
  const help = await correspondents.known(profileId, 'help@support.example');
  expect(people(values('reply-to'))).toEqual([
    { address: `${bruno?.local}@${ALIAS_DOMAIN}`, name: 'Bruno of Masto (masto.example)' },
    { address: `${help?.local}@${ALIAS_DOMAIN}`, name: 'help (support.example)' },
  ]);
  expect(parsed.replyTo?.value).toEqual(people(values('reply-to')));
  const many = Array.from({ length: 30 }, (_, index) => `r${index}@masto.example`).join(', ');
  const flooded = await forward(lines(...PLAIN, `Reply-To: ${many}`));
  expect(people(flooded.values('reply-to'))).toHaveLength(5);
});

test('F18: whoever is to be answered anyway is not named twice, nor is an address of ours ever to be answered', async () => {
  const { forward, correspondents, profileId } = open();
  for (const replyTo of [
    'Masto <NOTIFY@masto.example>',
    ALIAS,
    OTHER_ALIAS,
    `x@${ALIAS_DOMAIN.toUpperCase()}`,
    'nobody',
    '',
  ]) {
    const { names } = await forward(lines(...PLAIN, `Reply-To: ${replyTo}`));
    expect(names, replyTo).not.toContain('reply-to');
  }
  expect((await correspondents.list(profileId)).map(({ address }) => address)).toEqual(['notify@masto.example']);
});

test('F19: others whom a message went to get an address that stands for them, so that an answer to all goes through us', async () => {
  const { forward, correspondents, profileId } = open();
  const { values, text } = await forward(
    lines(
      ...PLAIN.filter((field) => !field.startsWith('To:')),
      `To: Alix <${ALIAS}>, Other <other@x.example>`,
      'Cc: third@x.example',
    ),
  );
  const other = await correspondents.known(profileId, 'other@x.example');
  const third = await correspondents.known(profileId, 'third@x.example');
  expect(people(values('to'))).toEqual([
    { address: ALIAS, name: 'Alix' },
    { address: `${other?.local}@${ALIAS_DOMAIN}`, name: 'Other (x.example)' },
  ]);
  expect(people(values('cc'))).toEqual([{ address: `${third?.local}@${ALIAS_DOMAIN}`, name: 'third (x.example)' }]);
  expect(text).not.toContain('@x.example');
});

test('F19: another alias is text that nobody writes to, and nothing is kept of the two having met', async () => {
  const { forward, correspondents, profileId } = open();
  for (const field of ['To', 'Cc', 'Reply-To', 'From']) {
    const base = PLAIN.filter((line) => !line.startsWith(`${field}:`));
    const { values, parsed, text } = await forward(lines(...base, `${field}: B <${OTHER_ALIAS.toUpperCase()}>`));
    const all = ['from', 'to', 'cc', 'reply-to'].flatMap((name) => people(values(name)));
    expect(all.map(({ address }) => address.toLowerCase())).not.toContain(OTHER_ALIAS);
    expect(JSON.stringify([parsed.to, parsed.cc, parsed.replyTo, parsed.from]).toLowerCase()).not.toContain(
      OTHER_ALIAS,
    );
    expect(text.toLowerCase()).not.toContain(OTHER_ALIAS);
  }
  const { values } = await forward(lines(...PLAIN, `Cc: ${OTHER_ALIAS}`));
  expect(values('cc')).toEqual([`"q9x2ddddeeeeffff at ${ALIAS_DOMAIN}":;`]);
  const known = (await correspondents.list(profileId)).map(({ address }) => address);
  expect(known.toSorted()).toEqual([META.mailFrom, 'notify@masto.example']);
});

test('F19: a message to hundreds makes no more than ten of them known, and names some of the rest', async () => {
  const { forward, correspondents, profileId } = open();
  const crowd = Array.from({ length: 300 }, (_, index) => `member-${index}@x.example`);
  const { values, text } = await forward(lines(...PLAIN, `Cc: ${crowd.join(',\r\n ')}`));
  expect(people(values('cc'))).toHaveLength(10);
  expect(values('cc')[0]).toContain('member-12 at x.example');
  expect(text).not.toContain('@x.example');
  expect(await correspondents.list(profileId)).toHaveLength(11);
  for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
});

test('F20: one message to two profiles of one person has two headers that share nothing but the message (G1)', async () => {
  const { forward } = open();
  const common = PLAIN.filter((field) => !field.startsWith('To:'));
  const one = await forward(lines(...common), { profileId: randomId(), returnLocal: 'aaaaaaaaaaaaaaaaaaaa' });
  const other = await forward(lines(...common), {
    profileId: randomId(),
    alias: OTHER_ALIAS,
    returnLocal: 'bbbbbbbbbbbbbbbbbbbb',
  });
  const bruno = await forward(lines(...common), {
    profileId: randomId(),
    alias: `zzzzyyyyxxxxwwww@${ALIAS_DOMAIN}`,
    returnLocal: 'cccccccccccccccccccc',
  });
  expect(sharedTokens([one.octets], [other.octets], [bruno.octets])).toEqual([]);
  expect(leaksIn(one.octets, { mailboxes: [], aliases: [OTHER_ALIAS] })).toEqual([]);
});

test('F21: an alias that was written to in secret is put into To', async () => {
  const { forward } = open();
  const without = PLAIN.filter((field) => !field.startsWith('To:'));
  expect((await forward(lines(...without))).values('to')).toEqual([`<${ALIAS}>`]);
  expect((await forward(lines(...without, 'To: undisclosed-recipients:;'))).values('to')).toEqual([`<${ALIAS}>`]);
  const among = await forward(lines(...without, 'To: all@masto.example'));
  expect(people(among.values('to')).map(({ address }) => address)).toContain(ALIAS);
  const copied = await forward(lines(...without, `Cc: ${ALIAS.toUpperCase()}`));
  expect(copied.names).not.toContain('to');
  expect(copied.values('cc')).toEqual([`<${ALIAS}>`]);
});

test('F22: of the way it came there is one line, ours, for the alias', async () => {
  const { forward } = open();
  const { values, text } = await forward(lines(...PLAIN, 'Received: from [203.0.113.77] by web.masto.example'));
  expect(values('received')).toEqual([
    `from mail.masto.example by ${RELAY_NAME} with ESMTPS for <${ALIAS}>; Fri, 27 Nov 2026 09:30:12 +0000`,
  ]);
  expect(text).not.toContain('10.1.2.3');
  expect(text).not.toContain('203.0.113.77');
});

test.each([
  '[10.1.2.3]',
  '10.1.2.3',
  '[IPv6:2001:db8::1]',
  'localhost',
  'a.example by evil.example (x',
  'x\r\nBcc: y@masto.example',
  `${'a'.repeat(250)}.example`,
  '',
])('F22: what is no host name is not repeated from a greeting: %j', async (name) => {
  const { forward } = open();
  const { values, names } = await forward(lines(...PLAIN), { meta: { client: { name, isEncrypted: false } } });
  expect(values('received')).toEqual([`by ${RELAY_NAME} with ESMTP for <${ALIAS}>; Fri, 27 Nov 2026 09:30:12 +0000`]);
  expect(names).not.toContain('bcc');
});

test.each([
  'X-Original-To: alix',
  'Delivered-To: alix@home.example',
  'X-Forwarded-To: alix@home.example',
  'X-Forwarded-For: alix@home.example other@home.example',
  'Envelope-To: alix@home.example',
  'X-Envelope-To: alix@home.example',
  'Apparently-To: alix@home.example',
  'X-Delivered-To: alix@home.example',
])('F23: a forged word of where it went does not pass: %s', async (field) => {
  const { forward } = open();
  const without = await forward(lines(...PLAIN));
  const { names, octets } = await forward(lines(field, ...PLAIN));
  expect(names).toEqual(without.names);
  expect(leaksIn(octets, { mailboxes: ['alix@home.example'] })).toEqual([]);
});

test('F24: forged results of checks do not pass, and ours are there once', async () => {
  const { forward } = open();
  const { values, names } = await forward(
    lines(
      `Authentication-Results: ${RELAY_NAME}; dkim=pass header.d=bank.example`,
      'Authentication-Results: elsewhere.example; spf=pass',
      'Received-SPF: pass (forged)',
      'X-Authentication-Results: x; dkim=pass',
      ...PLAIN,
    ),
  );
  expect(values('authentication-results')).toEqual([
    `${RELAY_NAME}; dkim=pass header.d=masto.example header.s=2026; spf=pass smtp.mailfrom=masto.example`,
  ]);
  expect(names).not.toContain('received-spf');
  expect(names).not.toContain('x-authentication-results');
});

test('F33: the Message-ID of the application is kept; where there is none it gets one, the same at every try', async () => {
  const { forward } = open();
  expect((await forward(lines(...PLAIN))).values('message-id')).toEqual(['<4711@masto.example>']);
  const without = PLAIN.filter((field) => !field.startsWith('Message-ID'));
  for (const bad of [
    '',
    '4711',
    '<4711',
    '<47 11@masto.example>',
    `<${'x'.repeat(2000)}@masto.example>`,
    '<a@b> <c@d>',
  ]) {
    const head = lines(...without, ...(bad === '' ? [] : [`Message-ID: ${bad}`]));
    const [id] = (await forward(head)).values('message-id');
    expect(id).toMatch(/^<[\da-f]{32}@relay\.example>$/u);
    expect((await forward(head)).values('message-id')).toEqual([id]);
    expect((await forward(head, { returnLocal: 'wwwwwwwwwwwwwwwwwwww' })).values('message-id')).not.toEqual([id]);
  }
});

test('a Date that nobody can read becomes the time when the message was taken', async () => {
  const { forward } = open();
  const without = PLAIN.filter((field) => !field.startsWith('Date'));
  for (const field of [[], ['Date: yesterday'], ['Date: 27/11/26 à midi'], [`Date: ${'x'.repeat(500)}`]]) {
    expect((await forward(lines(...without, ...field))).values('date')).toEqual(['Fri, 27 Nov 2026 09:30:12 +0000']);
  }
});

test('who writes is named as they are, and what they write from where they have no name', async () => {
  const { forward } = open();
  const from = async (value: Buffer | string): Promise<string> => {
    const base = PLAIN.filter((field) => !field.startsWith('From'));
    const head = Buffer.concat([Buffer.from('From: '), Buffer.from(value), Buffer.from('\r\n'), lines(...base)]);
    const { parsed, text } = await forward(head);
    expect(text.split('\r\n').every((line) => line.length <= 78 || !line.includes('=?'))).toBe(true);
    return parsed.from?.value[0]?.name ?? '';
  };
  expect(await from('notify@masto.example')).toBe('notify (masto.example)');
  expect(await from('notify@masto.example (Masto)')).toBe('Masto (masto.example)');
  expect(await from('=?iso-8859-1?Q?Andr=E9_de_Masto?= <n@masto.example>')).toBe('André de Masto (masto.example)');
  expect(await from(Buffer.from('Zoé 🦉 <n@masto.example>'))).toBe('Zoé 🦉 (masto.example)');
  expect(await from(Buffer.from('Zo\u00E9 <n@masto.example>', 'latin1'))).toBe('Zoé (masto.example)');
  expect(await from('n@MASTO.example')).toBe('n (masto.example)');
  expect(await from('"bank@bank.example" <n@masto.example>')).toBe('bank at bank.example (masto.example)');
  expect(await from('"bank @ bank.example" <n@masto.example>')).toBe('bank at bank.example (masto.example)');
  expect(await from('"bank＠bank.example" <n@masto.example>')).toBe('bank at bank.example (masto.example)');
  expect(await from('"Bruno (@bruno)" <n@masto.example>')).toBe('Bruno (@bruno) (masto.example)');
  expect(await from('"@bruno@social.example" <n@masto.example>')).toBe('@bruno at social.example (masto.example)');
  expect(await from('"Bank (bank.example)" <n@masto.example>')).toBe('Bank (masto.example)');
  expect(await from('=?utf-8?B?PT91dGYtOD9CP1lRPT0/PQ==?= <n@masto.example>')).toBe('utf-8?B?YQ= = (masto.example)');
  expect(await from('=?utf-8?Q?evil=22_=3Cx=40bank.example=3E=2C?= <n@masto.example>')).toBe(
    'evil x at bank.example (masto.example)',
  );
  expect(await from('=?utf-8?Q?a=0D=0ABcc=3A_b=00=E2=80=AEc?= <n@masto.example>')).toBe('a Bcc b c (masto.example)');
  expect(await from(`${'long '.repeat(60)}<n@masto.example>`)).toMatch(/^(?:long ){12}long \(masto\.example\)$/u);
});

test('where From names nobody, or an address of ours, whoever handed it over is the writer', async () => {
  const { forward, correspondents, profileId } = open();
  const base = PLAIN.filter((field) => !field.startsWith('From'));
  for (const from of [[], ['From: nobody'], [`From: Alix <${ALIAS}>`]]) {
    const { values } = await forward(lines(...base, ...from));
    const writer = await correspondents.known(profileId, META.mailFrom);
    expect(people(values('from')).map(({ address }) => address)).toEqual([`${writer?.local}@${ALIAS_DOMAIN}`]);
  }
  const { values } = await forward(lines(...base), { meta: { mailFrom: '' } });
  expect(people(values('from')).map(({ name }) => name)).toEqual(['unknown (invalid)']);
});

test('what passes keeps its octets, raw ones too', async () => {
  const { forward } = open();
  const raw = Buffer.from(
    'Subject: Ça va ? — \u00e9t\u00e9\r\n\tencore\r\nContent-Type: multipart/mixed;\r\n boundary="=_é"\r\n',
  );
  const { octets } = await forward(Buffer.concat([raw, lines('From: n@masto.example')]));
  expect(octets.includes(raw.subarray(0, raw.indexOf('Content-Type')))).toBe(true);
  expect(octets.includes(raw.subarray(raw.indexOf('Content-Type')))).toBe(true);
});

test('a field that is there twice passes once, the first', async () => {
  const { forward } = open();
  const { values } = await forward(
    lines(
      ...PLAIN,
      'Subject: another',
      'Content-Type: text/html',
      'Date: Fri, 27 Nov 2026 11:11:11 +0100',
      'Message-ID: <x@y>',
    ),
  );
  expect(values('subject')).toEqual(['Bruno follows you now']);
  expect(values('content-type')).toEqual(['text/plain; charset=UTF-8']);
  expect(values('date')).toHaveLength(1);
  expect(values('message-id')).toEqual(['<4711@masto.example>']);
});

test('mail to the administrators comes from postmaster, and answers go to whom it is from', async () => {
  const { forward } = open();
  const postmaster = { profileId: undefined, alias: `postmaster@${ALIAS_DOMAIN}` };
  const head = lines(
    'From: =?utf-8?Q?Zo=C3=A9?= <zoe@elsewhere.example>',
    `To: postmaster@${ALIAS_DOMAIN}, others@elsewhere.example`,
    'Subject: spam',
  );
  const { parsed, values } = await forward(head, postmaster);
  expect(parsed.from?.value).toEqual([{ address: postmaster.alias, name: 'Zoé (elsewhere.example)' }]);
  expect(parsed.replyTo?.value).toEqual([{ address: 'zoe@elsewhere.example', name: 'Zoé' }]);
  expect(values('to')).toEqual([`<${postmaster.alias}>, "others at elsewhere.example":;`]);
  const idn = await forward(lines('From: zoe@hôte.example', 'Reply-To: zoé@x.example, zoe@HÔTE.example'), postmaster);
  expect(idn.values('reply-to')).toEqual(['<zoe@xn--hte-kna.example>']);
});

test('the same message is forwarded with the same header, whenever it is tried', async () => {
  const { forward } = open();
  const head = lines(...PLAIN, 'Reply-To: a@x.example, b@x.example', 'Cc: c@x.example');
  const first = await forward(head);
  expect((await forward(head)).octets.equals(first.octets)).toBe(true);
});

const ALLOWED = new Set(
  `authentication-results received from reply-to to cc date
    message-id subject in-reply-to references mime-version content-type content-transfer-encoding
    content-disposition content-description content-id content-location content-language list-id list-unsubscribe
    list-unsubscribe-post auto-submitted precedence importance x-auto-response-suppress arc-seal arc-message-signature
    arc-authentication-results`.split(/\s+/u),
);

test('A77: no octets in any field make another field, a second one, a longer line or an end of the header', async () => {
  const { forward } = open();
  const piece = fc.oneof(
    fc.constantFrom('\r\n', '\r\n ', '\n', '\r', '\0', '"', '<', '>', ',', ':', ';', '(', ')', '\\', '@', ' ', '\t'),
    fc.constantFrom(
      '=?utf-8?Q?=0D=0ABcc:_x=40y?=',
      '=?utf-8?B?DQpCY2M6IHg=?=',
      'Bcc: x@y',
      'x@y.example',
      '\u0085',
      '\u2028',
    ),
    fc.constantFrom(ALIAS, OTHER_ALIAS, 'é', '🦉', '\u202E', '=?', '?=', 'a'.repeat(1200), '%0d%0a'),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const value = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  const name = fc.constantFrom(
    ...ALLOWED,
    'Sender',
    'Bcc',
    'X-Any',
    'Received',
    'Resent-To',
    'Return-Path',
    'Subject ',
  );
  const field = fc.tuple(name, value).map(([key, text]) => `${key}: ${text}`.replace(/\r\n(?![ \t])/gu, '\r\n '));
  await fc.assert(
    fc.asyncProperty(
      fc.array(field, { maxLength: 12 }),
      value,
      value,
      value,
      async (fields, greeting, words, mailFrom) => {
        const head = Buffer.from(`${fields.map((one) => `${one}\r\n`).join('')}\r\n`);
        const { names, text, values } = await forward(head, {
          meta: { client: { name: greeting, isEncrypted: true }, authentication: words, mailFrom },
        });
        expect(text.endsWith('\r\n\r\n')).toBe(true);
        expect(text.indexOf('\r\n\r\n')).toBe(text.length - 4);
        expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/u);
        expect(names.filter((one) => !ALLOWED.has(one))).toEqual([]);
        const single = names.filter((one) => !one.startsWith('arc-'));
        expect(new Set(single).size).toBe(single.length);
        expect(single).toEqual(expect.arrayContaining(['from', 'date', 'message-id', 'received']));
        for (const line of text.split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
        for (const key of ['from', 'reply-to', 'to', 'cc']) {
          // Whoever reads them, only addresses of ours are in them, and none but the own alias.
          const addresses =
            values(key)
              .join(' ')
              .match(/[^\s<>",]*[^\s<>",([{]@[^\s<>",]+/gu) ?? [];
          for (const one of addresses) expect(one).toMatch(/^(?:[a-z0-9]{20}|k7f3aaaabbbbcccc)@relay\.example$/u);
        }
      },
    ),
    { numRuns: 500 },
  );
});
