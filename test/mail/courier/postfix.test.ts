import { afterEach, describe, expect, test } from 'vitest';
import { openCarrier, type Outcome } from '../../../src/mail/courier/courier.ts';
import { hasPostfix, openPostfix, type Postfix, type PostfixVariant } from '../postfix.ts';
import { BODY, HEAD, message, sendOnce, wayBy } from './target.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function open(variant: PostfixVariant, settings: Record<string, string> = {}): Promise<Postfix> {
  const postfix = await openPostfix({ variant, settings });
  closing.push(() => postfix.close());
  return postfix;
}

const send = (postfix: Postfix, pieces: readonly Buffer[] = [BODY]): Promise<Outcome> =>
  sendOnce(wayBy(`smtp://127.0.0.1:${postfix.port}`), message(pieces));

describe.skipIf(!hasPostfix)("Debian's Postfix as the mail server of a mailbox", () => {
  test.each<[PostfixVariant, boolean]>([
    ['accept', false],
    ['no 8-bit', false],
    ['no pipelining', false],
    ['self-signed', true],
    ['slow', false],
  ])('that is of the kind %j takes a message as it is', async (variant, isEncrypted) => {
    const postfix = await open(variant, { smtpd_tls_loglevel: '1' });
    const eightBits = Buffer.from('D\u00e9j\u00e0 vu.\r\n..\r\n.\r\n\r\nend\r\n', 'latin1');
    expect(await send(postfix, [eightBits])).toMatchObject({ kind: 'taken' });
    const [delivered] = await postfix.waitFor(1);
    expect(delivered).toMatchObject({ mailbox: 'alix', from: message().from });
    expect(delivered?.octets.subarray(-HEAD.length - eightBits.length)).toEqual(Buffer.concat([HEAD, eightBits]));
    // It writes its log in a process of its own.
    await expect.poll(async () => /TLS connection established/u.test(await postfix.logs())).toBe(isEncrypted);
  });

  const large = Buffer.from(`${'x'.repeat(70)}\r\n`.repeat(400));
  test.each<[PostfixVariant, Buffer, Partial<Outcome>]>([
    ['refuse', BODY, { fault: 'message', lasting: true, code: '550', enhanced: '5.1.1' }],
    ['defer', BODY, { fault: 'message', lasting: false, code: '450', enhanced: '4.2.0' }],
    ['small', large, { fault: 'message', lasting: true, code: '552', enhanced: '5.3.4' }],
    ['small unannounced', large, { fault: 'message', lasting: true, code: '552', enhanced: '5.3.4' }],
  ])('that is of the kind %j does not take it, and why is understood', async (variant, body, expected) => {
    const postfix = await open(variant);
    expect(await send(postfix, [body])).toMatchObject({ kind: 'refused', ...expected });
    expect(await postfix.mails()).toEqual([]);
  });

  test('that ends connections after some errors keeps no message from leaving', async () => {
    const limits = { smtpd_soft_error_limit: '1', smtpd_hard_error_limit: '2', smtpd_error_sleep_time: '0' };
    const postfix = await open('accept', { ...limits, virtual_mailbox_maps: 'inline:{alix@mailbox.test=all/}' });
    const carrier = openCarrier(wayBy(`smtp://127.0.0.1:${postfix.port}`));
    closing.push(() => carrier.close());
    const refused: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      for (const to of ['bruno@mailbox.test', 'maud@mailbox.test', 'odile@mailbox.test']) {
        const outcome = await carrier.carry(message([BODY], { to }));
        refused.push(outcome.kind === 'refused' ? outcome.code : outcome.kind);
      }
      expect(await carrier.carry(message())).toMatchObject({ kind: 'taken' });
    }
    expect(refused).toEqual(Array.from({ length: 9 }, () => '550'));
    expect(await postfix.waitFor(3)).toHaveLength(3);
  });
});
