import { isEntityId } from '../applications/applications.ts';
import { attributeOf, childrenNamed, childrenOf, isNamed, NAMESPACES } from './document.ts';
import { refuseMetadata, shown } from './metadata-problem.ts';

/** One entity of a document and what it stands in, the root first. */
export type Entity = { readonly element: Element; readonly id: string; readonly ancestors: readonly Element[] };

/** Several service providers, of which one must be chosen: the first entity IDs, and how many there are. */
export type Choice = { readonly choose: readonly string[]; readonly of: number };

/** As many as a page can offer; who looks for another one writes its entity ID. */
const MOST_CHOICES = 50;

function entitiesIn(root: Element): Entity[] {
  const found: Entity[] = [];
  const visit = (element: Element, ancestors: readonly Element[]): void => {
    if (isNamed(element, NAMESPACES.metadata, 'EntityDescriptor')) {
      found.push({ element, id: attributeOf(element, 'entityID') ?? '', ancestors });
    } else if (isNamed(element, NAMESPACES.metadata, 'EntitiesDescriptor')) {
      for (const child of childrenOf(element)) visit(child, [...ancestors, element]);
    }
  };
  visit(root, []);
  return found;
}

/** The role of a SAML 2.0 service provider that an entity has; the same element may be there for older protocols. */
export function rolesOf({ element }: Entity): Element[] {
  return childrenNamed(element, NAMESPACES.metadata, 'SPSSODescriptor').filter((role) =>
    (attributeOf(role, 'protocolSupportEnumeration') ?? '').split(/\s+/u).includes(NAMESPACES.protocol),
  );
}

function checkOnce(entities: readonly Entity[]): void {
  const seen = new Set<string>();
  for (const { id } of entities) {
    if (seen.has(id)) refuseMetadata('entity_twice', { entity: shown(id) });
    seen.add(id);
  }
}

/**
 * The entity that is meant: the one of that entity ID, or the only service provider there is (SAML Metadata §2.3).
 * @throws {UserError} metadata_invalid: not_metadata, entity_absent, entity_twice, entity_id_invalid,
 * no_service_provider.
 */
export function entityOf(root: Element, entityId: string | undefined): Entity | Choice {
  const isMetadata = ['EntityDescriptor', 'EntitiesDescriptor'].some((name) =>
    isNamed(root, NAMESPACES.metadata, name),
  );
  if (!isMetadata) refuseMetadata('not_metadata', { element: shown(root.localName, 60) });
  const entities = entitiesIn(root);
  const meant = entityId === undefined ? entities : entities.filter(({ id }) => id === entityId);
  if (entityId !== undefined && meant.length === 0) refuseMetadata('entity_absent', { entity: shown(entityId) });
  checkOnce(meant);
  const providers = meant.filter((entity) => rolesOf(entity).length > 0);
  const [provider, ...others] = providers;
  if (provider === undefined) refuseMetadata('no_service_provider');
  if (others.length > 0) {
    const ids = providers.map(({ id }) => id).filter(isEntityId);
    return { choose: ids.slice(0, MOST_CHOICES), of: providers.length };
  }
  return isEntityId(provider.id) ? provider : refuseMetadata('entity_id_invalid');
}
