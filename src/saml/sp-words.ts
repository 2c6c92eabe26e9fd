import { childrenNamed, NAMESPACES, textOf } from './document.ts';
import { shown } from './metadata-problem.ts';

const USER_INTERFACE = 'urn:oasis:names:tc:SAML:metadata:ui';
const XML = 'http://www.w3.org/XML/1998/namespace';
const LONGEST_NAME = 60;
const MOST_FORMATS = 20;

/** Of names in several languages the French one, the English one, or the first (xml:lang, SAML Metadata §2.2.4). */
function preferred(elements: readonly Element[]): string | undefined {
  const languageOf = (element: Element): string =>
    (element.getAttributeNodeNS(XML, 'lang')?.value ?? '').toLowerCase().split('-', 1)[0] ?? '';
  const inOrder = [
    ...elements.filter((element) => languageOf(element) === 'fr'),
    ...elements.filter((element) => languageOf(element) === 'en'),
    ...elements,
  ];
  return inOrder.map((element) => shown(textOf(element, 2000), LONGEST_NAME)).find((name) => name !== '');
}

/**
 * What people call a service provider: its name for user interfaces (SAML Metadata Extensions for Login and Discovery User
 * Interface §2.1), otherwise that of its organization. A suggestion: it proves nothing.
 */
export function displayNameOf(entity: Element, role: Element): string | undefined {
  const names = childrenNamed(role, NAMESPACES.metadata, 'Extensions')
    .flatMap((extensions) => childrenNamed(extensions, USER_INTERFACE, 'UIInfo'))
    .flatMap((info) => childrenNamed(info, USER_INTERFACE, 'DisplayName'));
  const organizations = [role, entity].flatMap((element) =>
    childrenNamed(element, NAMESPACES.metadata, 'Organization'),
  );
  const named = (name: string): Element[] =>
    organizations.flatMap((organization) => childrenNamed(organization, NAMESPACES.metadata, name));
  return preferred(names) ?? preferred(named('OrganizationDisplayName')) ?? preferred(named('OrganizationName'));
}

/** The NameID formats a service provider lists (SAML Metadata §2.4.1), the first twenty. */
export function nameIdFormatsOf(role: Element): string[] {
  return childrenNamed(role, NAMESPACES.metadata, 'NameIDFormat')
    .slice(0, MOST_FORMATS)
    .map((element) => shown(textOf(element, 2000)))
    .filter((format) => format !== '');
}
