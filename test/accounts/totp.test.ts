import { expect, test } from 'vitest';
import { openStorage } from '../../src/storage/open.ts';
import { addApp, codeAt, STEP, wrongCode } from '../authenticator.ts';
import { onBothEngines } from '../engines.ts';
import { makeHouse, refusalOf } from './house.ts';

onBothEngines('codes of an application', (ground) => {
  test('Alix sets an application up with its first code, and signs in with the next one', async () => {
    const house = makeHouse(ground());
    const { secondFactors, find } = house.accounts;
    const alix = await house.add('alix');
    const { setUp, secret, uri } = await secondFactors.totp.begin(alix);
    expect(secret).toMatch(/^[A-Z2-7]{32}$/u);
    const address = new URL(uri);
    expect(decodeURIComponent(address.pathname)).toContain('Le Nid des Chouettes:alix');
    expect([address.searchParams.get('secret'), address.searchParams.get('issuer')]).toEqual([
      secret,
      'Le Nid des Chouettes',
    ]);
    expect((await find(alix.id))?.secondFactor).toBe(false);

    const confirm = { setUp, code: codeAt(secret, house.clock.time), name: ' Téléphone ' };
    const { codes } = await secondFactors.totp.confirm(alix.id, confirm);
    expect(codes).toHaveLength(10);
    expect((await find(alix.id))?.secondFactor).toBe(true);
    expect(await secondFactors.of(alix.id)).toMatchObject({
      totp: [{ kind: 'totp', name: 'Téléphone', month: '2026-11' }],
      passkey: [],
      codesLeft: 10,
    });

    house.clock.time += STEP;
    await secondFactors.prove(alix.id, { kind: 'totp', code: codeAt(secret, house.clock.time) });
  });

  test('a code is good for its own step and those beside it, spaced or not, and no further', async () => {
    const house = makeHouse(ground());
    const bruno = await house.add('bruno');
    const { secret } = await addApp(house, bruno, house.clock.time);
    const answer = async (steps: number): Promise<string> => {
      house.clock.time += 60 * STEP;
      const code = codeAt(secret, house.clock.time + steps * STEP).replace(/^.{3}/u, '$& ');
      return refusalOf(house.accounts.secondFactors.prove(bruno.id, { kind: 'totp', code }));
    };
    expect([await answer(-1), await answer(0), await answer(1)]).toEqual(['fine', 'fine', 'fine']);
    expect([await answer(-2), await answer(2)]).toEqual(['factor_code_wrong', 'factor_code_wrong']);
  });

  test('a code counts once, and so do those before it', async () => {
    const house = makeHouse(ground());
    const maud = await house.add('maud');
    const { secret } = await addApp(house, maud, house.clock.time);
    const prove = (time: number) =>
      refusalOf(house.accounts.secondFactors.prove(maud.id, { kind: 'totp', code: codeAt(secret, time) }));
    // The one that confirmed it is used up as well.
    expect(await prove(house.clock.time)).toBe('factor_code_wrong');
    house.clock.time += 10 * STEP;
    expect(await prove(house.clock.time + STEP)).toBe('fine');
    expect(await prove(house.clock.time + STEP)).toBe('factor_code_wrong');
    expect(await prove(house.clock.time)).toBe('factor_code_wrong');
  });

  test('of several requests with the same code on two nodes exactly one is let through', async () => {
    const house = makeHouse(ground());
    const other = await openStorage(ground().address, ground().folder);
    try {
      const node = makeHouse({ ...ground(), storage: other });
      const odile = await house.add('odile');
      const { secret } = await addApp(house, odile, house.clock.time);
      for (const round of [1, 2, 3]) {
        house.clock.time += 200 * STEP;
        node.clock.time = house.clock.time;
        const answer = { kind: 'totp', code: codeAt(secret, house.clock.time) } as const;
        const ends = await Promise.all(
          Array.from({ length: 3 }, (_, at) =>
            refusalOf((at % 2 === 0 ? house : node).accounts.secondFactors.prove(odile.id, answer)),
          ),
        );
        expect([round, ends.filter((end) => end === 'fine')]).toEqual([round, ['fine']]);
      }
    } finally {
      await other.close();
    }
  });

  test('what is no code is wrong, and breaks nothing', async () => {
    const house = makeHouse(ground());
    const paul = await house.add('paul');
    const lea = await house.add('lea');
    const { secret } = await addApp(house, paul, house.clock.time);
    for (const code of ['', '12345', '1234567', 'abcdef', '١٢٣٤٥٦', '\0', 'x'.repeat(100_000)]) {
      house.clock.time += 3_600_000;
      expect([
        code.slice(0, 9),
        await refusalOf(house.accounts.secondFactors.prove(paul.id, { kind: 'totp', code })),
      ]).toEqual([code.slice(0, 9), 'factor_code_wrong']);
    }
    const answer = { kind: 'totp', code: codeAt(secret, house.clock.time) } as const;
    expect(await refusalOf(house.accounts.secondFactors.prove(lea.id, answer))).toBe('factor_code_wrong');
  });

  test('a set-up waits twenty minutes, for its own account, and counts once', async () => {
    const house = makeHouse(ground());
    const { totp } = house.accounts.secondFactors;
    const nina = await house.add('nina');
    const omar = await house.add('omar');
    const { setUp, secret } = await totp.begin(nina);
    const confirm = (accountId: string, sealed = setUp) =>
      refusalOf(totp.confirm(accountId, { setUp: sealed, code: codeAt(secret, house.clock.time), name: '' }));
    expect(await confirm(omar.id)).toBe('set_up_over');
    for (const sealed of ['', 'x', `${setUp}x`, setUp.slice(1)])
      expect(await confirm(nina.id, sealed)).toBe('set_up_over');
    const wrong = { setUp, code: wrongCode(secret, house.clock.time), name: '' };
    expect(await refusalOf(totp.confirm(nina.id, wrong))).toBe('factor_code_wrong');
    expect(await totp.begin(nina, setUp)).toMatchObject({ setUp, secret });
    expect((await totp.begin(omar, setUp)).secret).not.toBe(secret);

    house.clock.time += 20 * 60_000;
    expect(await confirm(nina.id)).toBe('set_up_over');
    expect((await totp.begin(nina, setUp)).secret).not.toBe(secret);
    house.clock.time -= STEP;
    expect(await confirm(nina.id)).toBe('fine');
    expect(await confirm(nina.id)).toBe('expired');
    expect((await house.accounts.secondFactors.of(nina.id)).totp).toHaveLength(1);
  });

  test('another application comes instead of the first, whose codes count no more; the recovery codes stay', async () => {
    const house = makeHouse(ground());
    const { secondFactors, find } = house.accounts;
    const yann = await house.add('yann');
    const before = await addApp(house, yann, house.clock.time);
    const after = await addApp(house, yann, house.clock.time);
    expect(after.codes).toEqual([]);
    expect(await secondFactors.of(yann.id)).toMatchObject({ totp: [{ id: after.id }], codesLeft: 10 });
    expect((await find(yann.id))?.secondFactor).toBe(true);
    house.clock.time += STEP;
    const prove = (secret: string) =>
      refusalOf(secondFactors.prove(yann.id, { kind: 'totp', code: codeAt(secret, house.clock.time) }));
    expect([await prove(before.secret), await prove(after.secret)]).toEqual(['factor_code_wrong', 'fine']);
  });

  test('of two set-ups that are confirmed at the same moment one stays', async () => {
    const house = makeHouse(ground());
    const { secondFactors } = house.accounts;
    const zoe = await house.add('zoe');
    const ends = await Promise.all([1, 2, 3].map(() => refusalOf(addApp(house, zoe, house.clock.time))));
    expect(ends.toSorted()).toEqual(['expired', 'expired', 'fine']);
    expect((await secondFactors.of(zoe.id)).totp).toHaveLength(1);
  });

  test('neither the secret nor the name stands in the row', async () => {
    const house = makeHouse(ground());
    const { storage } = ground();
    const eva = await house.add('eva');
    const { secret } = await addApp(house, eva, house.clock.time);
    const rows = JSON.stringify(await storage.read.select().from(storage.tables.credential));
    for (const word of [secret, Buffer.from(secret).toString('base64url'), 'Phone']) expect(rows).not.toContain(word);
  });
});
