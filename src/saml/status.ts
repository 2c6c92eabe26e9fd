import { element, type Element } from './xml.ts';

const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:';

/** That something was done as it was asked. */
export const SUCCESS = `${STATUS}Success`;

/**
 * Whose doing each answer is (SAML Core §3.2.2.2): `Requester` where another request could be served, `Responder` where
 * it is we who cannot or will not. Service providers ask for `NoPassive` under `Responder` only.
 */
const TOP_LEVEL = {
  AuthnFailed: 'Responder',
  InvalidAttrNameOrValue: 'Requester',
  InvalidNameIDPolicy: 'Requester',
  NoAuthnContext: 'Responder',
  NoPassive: 'Responder',
  /** Not all service providers could be told; the session itself has ended (SAML Core §3.7.3.2). */
  PartialLogout: 'Success',
  RequestDenied: 'Responder',
  RequestUnsupported: 'Responder',
  UnknownPrincipal: 'Requester',
  UnsupportedBinding: 'Requester',
} as const;

/** How something ended: a code of the first level alone, or one of the second level under the right one of the first. */
export type Status = keyof typeof TOP_LEVEL | 'Success' | 'Requester' | 'Responder' | 'VersionMismatch';

const isSecondLevel = (status: Status): status is keyof typeof TOP_LEVEL => Object.hasOwn(TOP_LEVEL, status);

/** The status as a message carries it, with a sentence for whoever reads logs (SAML Core §3.2.2.1). */
export function statusElement(status: Status, message?: string): Element {
  const code = isSecondLevel(status)
    ? element(
        'samlp:StatusCode',
        { Value: STATUS + TOP_LEVEL[status] },
        element('samlp:StatusCode', { Value: STATUS + status }),
      )
    : element('samlp:StatusCode', { Value: STATUS + status });
  const sentence = message === undefined ? [] : [element('samlp:StatusMessage', {}, message)];
  return element('samlp:Status', {}, code, ...sentence);
}
