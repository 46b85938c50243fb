/** Whole seconds that are left of so many milliseconds, a begun one counted. */
export function secondsLeft(left: number, passed: number): number {
  return Math.max(0, Math.ceil((left - passed) / 1000));
}
