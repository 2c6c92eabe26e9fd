import { describe, expect, test } from 'vitest';
import { ACR_VALUES, acrFor, acrOf, amrOf, isAcrUnreachable, levelAsked, levelOf } from '../../src/oidc/acr.ts';

const ONE = 'urn:aluco:acr:password';
const TWO = 'urn:aluco:acr:two-factor';
const SFA = 'https://refeds.org/profile/sfa';
const MFA = 'https://refeds.org/profile/mfa';
const GOLD = 'urn:example:gold';

const claims = (acr: unknown): { claims: string } => ({ claims: JSON.stringify({ id_token: { acr } }) });
const essential = (...values: unknown[]) => claims({ essential: true, values });

describe('the level of assurance that a request asks for', () => {
  test.each([
    ['nothing', {}, 1],
    ['the claim and no value', claims(null), 1],
    ['the claim, essential, and no value', claims({ essential: true }), 1],
    ['one factor', { acr_values: ONE }, 1],
    ['two', { acr_values: TWO }, 2],
    ['two, by the name of REFEDS', { acr_values: MFA }, 2],
    ['two, or what we do not know', { acr_values: `${GOLD} ${TWO}` }, 2],
    ['what we do not know', { acr_values: GOLD }, 1],
    ['two or one', { acr_values: `${TWO} ${ONE}` }, 1],
    ['two or one, each by another name', { acr_values: `${MFA} ${SFA}` }, 1],
    ['two, as a claim', claims({ value: TWO }), 2],
    ['two, as an essential claim', claims({ essential: true, value: TWO }), 2],
    ['all names of two, as an essential claim', essential(TWO, MFA), 2],
    ['two or one, as an essential claim', essential(TWO, ONE), 1],
    ['two essentially, and one as a wish', { ...essential(TWO), acr_values: ONE }, 2],
    ['one essentially, and two as a wish', { ...essential(ONE), acr_values: TWO }, 2],
    ['numbers and objects', essential(2, { value: TWO }, null), 1],
    ['values that are no list', claims({ essential: true, values: TWO }), 1],
  ])('of %s', (_what, params, level) => {
    expect(levelAsked(params)).toBe(level);
  });

  test('cannot be met only where it is essential and every name is strange', () => {
    const asked = (acr: unknown): boolean => isAcrUnreachable({ id_token: { acr } });
    expect(asked({ essential: true, value: GOLD })).toBe(true);
    expect(asked({ essential: true, values: [GOLD, 7] })).toBe(true);
    expect(asked({ essential: true, values: [GOLD, TWO] })).toBe(false);
    expect(asked({ essential: true })).toBe(false);
    expect(asked({ value: GOLD })).toBe(false);
    expect(asked(null)).toBe(false);
    expect(isAcrUnreachable({})).toBe(false);
  });
});

describe('what an application is told of a level', () => {
  test.each([
    ['the level as it is, where nothing was named', claims(null), ONE, TWO],
    ['the level as it is, where the name is strange', { acr_values: GOLD }, ONE, TWO],
    ['no more than one factor, where that was asked for', { acr_values: ONE }, ONE, ONE],
    ['the same, where it is essential', essential(ONE), ONE, ONE],
    ['the very name it used', { acr_values: MFA }, ONE, MFA],
    ['the stronger of two that are met', { acr_values: `${SFA} ${MFA}` }, SFA, MFA],
    ['the first of the names of one level', { acr_values: `${MFA} ${TWO} ${SFA} ${ONE}` }, SFA, MFA],
    ['the essential one before the one it wishes for', { ...essential(TWO), acr_values: MFA }, ONE, TWO],
  ])('is %s', (_what, params, one, two) => {
    expect([acrFor(params, 1), acrFor(params, 2)]).toEqual([one, two]);
  });

  test('never says two factors of one', () => {
    for (const asked of ACR_VALUES) {
      for (const params of [{ acr_values: asked }, essential(asked), claims({ value: asked })]) {
        expect([ONE, SFA]).toContain(acrFor(params, 1));
      }
    }
  });

  test('says nothing of the method', () => {
    expect([amrOf(1), amrOf(2)]).toEqual([['pwd'], ['mfa']]);
  });
});

test('a session remembers its level, and one that says nothing of ours has proven one factor', () => {
  expect([levelOf(acrOf(1)), levelOf(acrOf(2))]).toEqual([1, 2]);
  expect([levelOf(undefined), levelOf(''), levelOf(MFA)]).toEqual([1, 1, 1]);
});
