/** What all three kinds of messages say (SAML Core §3.2.1, §3.2.2). Instants in milliseconds. */
export type Common = {
  readonly id: string;
  readonly issuer: string;
  readonly issueInstant: number;
  readonly destination?: string;
  /** The text that the values were read from, to be shown. */
  readonly xml: string;
};

export type NameId = {
  readonly value: string;
  readonly format?: string;
  readonly nameQualifier?: string;
  readonly spNameQualifier?: string;
};

/** How strongly people are to be signed in (SAML Core §3.3.2.2.1); `declarations`: it names declarations, not classes. */
export type RequestedContexts = {
  readonly comparison: 'exact' | 'minimum' | 'maximum' | 'better';
  readonly classes: readonly string[];
  readonly declarations: boolean;
};

/** SAML Core §3.4.1. */
export type AuthnRequest = Common & {
  readonly kind: 'AuthnRequest';
  readonly consumerUrl?: string;
  readonly consumerIndex?: number;
  readonly protocolBinding?: string;
  readonly forceAuthn: boolean;
  readonly isPassive: boolean;
  readonly nameIdPolicy?: {
    readonly format?: string;
    readonly spNameQualifier?: string;
    readonly allowCreate?: boolean;
  };
  readonly contexts?: RequestedContexts;
  /** Whom to sign in; `unsupported`: it is said in another way than by a NameID alone. */
  readonly subject?: NameId | 'unsupported';
  /** The only identity providers that may answer (SAML Core §3.4.1.3). */
  readonly providers?: readonly string[];
};

/** SAML Core §3.7.1. Without `nameId` it names the person in a way we do not read (EncryptedID, BaseID). */
export type LogoutRequest = Common & {
  readonly kind: 'LogoutRequest';
  readonly notOnOrAfter?: number;
  readonly nameId: NameId | undefined;
  readonly sessionIndexes: readonly string[];
};

/** SAML Core §3.7.2; the status codes from the outermost to the innermost. */
export type LogoutResponse = Common & {
  readonly kind: 'LogoutResponse';
  readonly inResponseTo?: string;
  readonly statusCodes: readonly string[];
};

/** One of the messages that an identity provider receives. */
export type Message = AuthnRequest | LogoutRequest | LogoutResponse;
