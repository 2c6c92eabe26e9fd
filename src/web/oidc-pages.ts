import type { Request } from 'express';
import { errorPage } from '../../views/journey/error.tsx';
import { formPostPage } from '../../views/journey/formPost.tsx';
import { logoutPage } from '../../views/journey/logout.tsx';
import { signedOutPage } from '../../views/journey/signedOut.tsx';
import { unavailablePage } from '../../views/journey/unavailable.tsx';
import { messageFor } from '../../views/text.ts';
import type { Config } from '../config.ts';
import { originOf, type OidcPages } from '../oidc/oidc.ts';
import type { Look } from './look.ts';
import { allowFormsTo } from './safety.ts';
import { makeFrames } from './visit.ts';

/** The pages that the protocol's own addresses show. */
export function makeOidcPages(config: Config, look: Look): OidcPages {
  const { frame } = makeFrames(config, look);
  return {
    error(req, { status, code, reference, application }) {
      const page = frame(req as Request);
      return errorPage(page, {
        status,
        reference,
        message: messageFor(page.t, code),
        homeUrl: '/',
        applicationUrl: application?.homeUrl,
      });
    },
    handOver(req, { returnUri, fields, application }) {
      const { res } = req as Request;
      if (res !== undefined) allowFormsTo(res, originOf(returnUri));
      return formPostPage(frame(req as Request), { action: returnUri, fields, application });
    },
    logout(req, { token, application, returnOrigin }) {
      const { res } = req as Request;
      if (res !== undefined) allowFormsTo(res, originOf(returnOrigin));
      return logoutPage(frame(req as Request), {
        action: '/leave',
        hidden: [{ name: 'token', value: token }],
        application,
      });
    },
    unavailable(req) {
      return unavailablePage(frame(req as Request), {});
    },
    signedOut(req, application) {
      return signedOutPage(frame(req as Request), { application });
    },
  };
}
