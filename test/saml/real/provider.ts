import type { Page, Visitor } from '../../visitor.ts';

/** What an application keeps of somebody who came in. */
export type Learned = {
  readonly nameId: string;
  /** The values of every attribute it read, by the name it knows the attribute under. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly nameIdFormat?: string | undefined;
  readonly sessionIndex?: string | undefined;
};

/** How a browser carries a message. */
export type Binding = 'redirect' | 'post';

/** How a sign-in is asked for. */
export type Asking = {
  /** Ask for the password again. */
  readonly force?: boolean;
  /** Show no page. */
  readonly passive?: boolean;
  readonly binding?: Binding;
  /** What is to come back with the answer, byte for byte. */
  readonly state?: string;
  /** Where the service provider takes any page for one that only people who signed in may see: that page. */
  readonly page?: string;
};

/** A service provider that others wrote, running beside the tests on loopback. */
export type RealProvider = {
  readonly url: string;
  readonly entityId: string;
  /** Where answers are posted. */
  readonly consumer: string;
  /** Its own metadata, as it gives it out. */
  readonly metadata: string;
  isHome(url: URL): boolean;
  /** Has it send the visitor to the identity provider: the first page there, or what the visitor came back with. */
  ask(visitor: Visitor, asking?: Asking): Promise<Page>;
  /** What it holds of this visitor at the moment; undefined where nobody is signed in. */
  learned(visitor: Visitor): Promise<Learned | undefined>;
  /** Has it sign the visitor out: the first page at the identity provider, or what the visitor came back with. */
  leave(visitor: Visitor, binding?: Binding): Promise<Page>;
  /** Gives it the metadata of the identity provider as it is now. */
  renew(metadata: string): Promise<void>;
  close(): Promise<void>;
};

/** What is known of the identity provider before a service provider starts: its metadata, as it gives it out. */
export type IdentityProvider = { readonly metadata: string };

/** What stands in metadata between `<tag …` and `>` with this text in it. */
function elements(metadata: string, tag: string): string[] {
  return [...metadata.matchAll(new RegExp(`<(?:\\w+:)?${tag}\\b[^>]*>`, 'gu'))].map(([found]) => found);
}

function attribute(element: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`, 'u').exec(element)?.[1];
  if (value === undefined) throw new Error(`no ${name} in ${element}`);
  return value.replaceAll('&amp;', '&');
}

/** The addresses, name and certificates of the identity provider, for the programs that read no metadata. */
export function readIdentityProvider({ metadata }: IdentityProvider) {
  const at = (tag: string, binding: string): string => {
    const found = elements(metadata, tag).find((element) => attribute(element, 'Binding').endsWith(binding));
    if (found === undefined) throw new Error(`no ${tag} by ${binding}`);
    return attribute(found, 'Location');
  };
  const descriptor = metadata.slice(metadata.indexOf('IDPSSODescriptor'));
  const found = [...descriptor.matchAll(/X509Certificate>([^<]+)</gu)].map(([, text = '']) =>
    text.replaceAll(/\s/gu, ''),
  );
  return {
    entityId: attribute(elements(metadata, 'EntityDescriptor')[0] ?? '', 'entityID'),
    signOn: at('SingleSignOnService', 'HTTP-Redirect'),
    signOnByPost: at('SingleSignOnService', 'HTTP-POST'),
    logout: at('SingleLogoutService', 'HTTP-Redirect'),
    certificates: [...new Set(found)],
  };
}
