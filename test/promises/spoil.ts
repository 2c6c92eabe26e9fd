/** Hides an ability behind one that betrays, at the very place where the program calls it. */
export function spoil<T extends object, K extends keyof T>(part: T, name: K, betray: (original: T[K]) => T[K]): void {
  part[name] = betray(part[name]);
}
