import { expect, test } from 'vitest';
import { signOut } from '../../oidc/signing-out.ts';
import { textOf } from '../../visitor.ts';
import { carry, signInAt } from './going.ts';
import { asksForPassword, asksForProfile, profilePage, signInAtBlog, type Place } from './place.ts';
import type { Binding, RealProvider } from './provider.ts';

/** That it can end a session of its own, and no more than that; by which bindings it can ask for it. */
export function tellOfLeavingThere<P extends RealProvider>(
  at: () => Place<P>,
  bindings: readonly Binding[] = ['redirect'],
): void {
  test.each(bindings)('Alix signs out there, by %s, and stays signed in here and elsewhere', async (binding) => {
    const { provider } = at();
    const alix = at().visitor();
    await signInAt(alix, provider, { person: 'alix', profile: 'alice' });
    await signInAtBlog(at(), alix, 'alix', 'quill');
    expect(await at().blogHears(alix)).toBe('code');
    const page = await carry(alix, await provider.leave(alix, binding));
    expect([provider.isHome(page.url), page.status, page.text]).toEqual([true, 200, page.text]);
    expect(await provider.learned(alix)).toBeUndefined();
    expect(await at().blogHears(alix)).toBe('code');
    const again = await carry(alix, await provider.ask(alix), ['SAMLRequest']);
    expect([asksForPassword(again), asksForProfile(again)]).toEqual([false, true]);
  });
}

/** That we can end a session of it, and no more than that; by which bindings it can be asked. */
export function tellOfLeavingHere<P extends RealProvider>(at: () => Place<P>, bindings: readonly Binding[]): void {
  test.each(bindings)('Alix leaves it from here, by %s, and stays signed in here and elsewhere', async (binding) => {
    const { house, provider, serviceProvider } = at();
    const logout = serviceProvider.logout.filter((endpoint) => endpoint.binding === binding);
    expect(logout).toHaveLength(1);
    await house.parts.applications.changeServiceProvider(serviceProvider.id, (settings) => ({ ...settings, logout }));
    const alix = at().visitor();
    await signInAt(alix, provider, { person: 'alix', profile: 'alice' });
    await signInAtBlog(at(), alix, 'alix', 'quill');
    const page = await carry(alix, await alix.submit(await profilePage(at(), alix, 'alice'), '/leave'));
    expect([page.url.origin, page.status, textOf(page)]).toEqual([house.url, 200, textOf(page)]);
    expect(page.document.querySelector('h1')?.textContent).toBe(`You have left ${at().application.name}`);
    expect(await provider.learned(alix)).toBeUndefined();
    expect(await at().blogHears(alix)).toBe('code');
    const again = await carry(alix, await provider.ask(alix), ['SAMLRequest']);
    expect([asksForPassword(again), asksForProfile(again)]).toEqual([false, true]);
  });

  test('she signs out of everything here: it is told only when she says so', async () => {
    const { house, provider } = at();
    const alix = at().visitor();
    await signInAt(alix, provider, { person: 'alix', profile: 'alice' });
    await signInAtBlog(at(), alix, 'alix', 'quill');
    const out = await signOut(house, alix);
    expect(await at().blogHears(alix)).toBe('login_required');
    expect((await provider.learned(alix))?.attributes['uid']).toEqual(['alice']);
    const page = await carry(alix, await alix.submit(out, '/signed-out/leave'));
    expect([page.url.origin, page.status]).toEqual([house.url, 200]);
    expect(await provider.learned(alix)).toBeUndefined();
  });
}
