/**
 * Has what is to be written at nearly the same time be written by one commit, which costs more than what it writes:
 * everybody who asks within `time` milliseconds goes on together.
 */
export function makeGather(time: number): () => Promise<void> {
  let together: Promise<void> | undefined;
  return () => {
    together ??= new Promise((resolve) => {
      setTimeout(() => {
        together = undefined;
        resolve();
      }, time);
    });
    return together;
  };
}
