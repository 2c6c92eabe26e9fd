/** Somebody who moderates: whether they may, at an application, is asked at every step anew. */
export type Actor = { readonly accountId: string; readonly administrator: boolean };
