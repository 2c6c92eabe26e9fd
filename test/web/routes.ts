import type { Express } from 'express';
import type { Audience } from '../../src/web/visit.ts';

/** One address that a house answers: `path` as the route table names it. */
export type Route = {
  readonly method: string;
  readonly path: string;
  /** Whom it is for; absent where it has no guard. */
  readonly audience: Audience | undefined;
};

/** The part of the router's inside that is read here. */
type Layer = {
  readonly route?: {
    readonly path: string | RegExp;
    readonly stack: readonly { readonly method: string; readonly handle: { readonly audience?: Audience } }[];
  };
  readonly handle: { readonly stack?: readonly Layer[] };
};

/** Every route of a house, read from the router itself: none can be forgotten. */
export function routesOf(app: Express): Route[] {
  const walk = (layers: readonly Layer[]): Route[] =>
    layers.flatMap(({ route, handle }) => {
      if (route === undefined) return walk(handle.stack ?? []);
      return route.stack.map((layer) => ({
        method: layer.method.toUpperCase(),
        path: String(route.path),
        audience: layer.handle.audience,
      }));
    });
  return walk((app.router as unknown as { stack: readonly Layer[] }).stack);
}
