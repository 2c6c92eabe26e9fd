import type { CDPSession, Page } from 'playwright-core';

/** Authenticators plugged into a window, as Chromium plays them; see https://chromedevtools.github.io/devtools-protocol. */
export type Plugged = Awaited<ReturnType<typeof plugIn>>;

/**
 * Plugs an authenticator into a window; with `cdp`, a further one, by USB. It answers what it is asked while a finger is
 * on it, and nothing before: what it was asked without one it never answers.
 */
export async function plugIn(page: Page, cdp?: CDPSession) {
  const session = cdp ?? (await page.context().newCDPSession(page));
  if (cdp === undefined) await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: cdp === undefined ? 'internal' : 'usb',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: false,
    },
  });
  const touch = (enabled: boolean) =>
    session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });

  return {
    session,

    /** Whether somebody has their finger on it. */
    touch,

    /** Whether it knows its person. */
    verify: (isUserVerified: boolean) => session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),

    /** What it keeps. */
    async kept(): Promise<{ userName?: string | undefined; rpId?: string | undefined; signCount: number }[]> {
      const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId });
      return credentials;
    },

    unplug: () => session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId }),
  };
}
